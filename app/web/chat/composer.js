// @ts-check
/**
 * Where the customer writes. Enter sends, Shift+Enter breaks the line, and an Enter that only ends an input method's
 * composition does neither.
 */
import { html, useEffect, useLayoutEffect, useRef, useState } from "../html.js";
import { useWords } from "../words/index.js";
import { Icon } from "./icons.js";
import { useVoiceInput } from "./speech.js";

export const LIMIT = 2000;
const NEAR_LIMIT = 1800;
const TALLEST_PX = 160;
// What an input method reports for keys it swallows.
const SWALLOWED = 229;

/**
 * @typedef {object} ComposerProps
 * @property {boolean} busy
 * @property {boolean} withAgent a person reads what is written
 * @property {import("../words/index.js").Language} language
 * @property {(text: string) => boolean} send whether it is taken
 * @property {() => void} stop
 * @property {() => void} typing
 * @property {{current: HTMLTextAreaElement | null}} field
 */

/** @param {ComposerProps} props */
export function Composer({ busy, withAgent, language, send, stop, typing, field }) {
  const words = useWords();
  const [text, setText] = useState("");
  const [consenting, setConsenting] = useState(false);
  const consented = useRef(false);
  const before = useRef("");
  const voice = useVoiceInput(language, (heard) => setText(before.current + heard));
  const length = [...text].length;
  const over = length - LIMIT;
  const sendable = !busy && over <= 0 && text.trim() !== "";

  useLayoutEffect(() => {
    const area = field.current;
    if (!area) return;
    area.style.height = "auto";
    area.style.height = `${Math.min(area.scrollHeight, TALLEST_PX)}px`;
  }, [text]);

  const submit = () => {
    if (!sendable) return;
    voice.drop();
    if (send(text.trim())) setText("");
  };
  /** @param {KeyboardEvent} event */
  const onKey = (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === SWALLOWED) return;
    event.preventDefault();
    submit();
  };
  const listen = () => {
    setConsenting(false);
    consented.current = true;
    before.current = text && `${text} `;
    voice.start();
  };
  const onMic = () => {
    if (voice.listening) voice.stop();
    else if (consented.current) listen();
    else setConsenting(true);
  };
  useEffect(() => {
    if (window.matchMedia("(hover: hover)").matches) field.current?.focus();
  }, []);

  const note =
    over > 0
      ? words.composer.tooLong(over)
      : voice.listening
        ? words.composer.listening
        : voice.failed
          ? words.composer.voiceFailed
          : length > NEAR_LIMIT
            ? words.composer.left(-over)
            : "";
  return html`<form
    class="composer"
    id="composer"
    onSubmit=${(/** @type {Event} */ event) => {
      event.preventDefault();
      submit();
    }}
  >
    ${consenting &&
    html`<div class="composer-consent" role="group" aria-label=${words.composer.voice}>
      <p>${words.composer.voiceConsent}</p>
      <button type="button" class="quiet" onClick=${() => setConsenting(false)}>${words.composer.voiceNo}</button>
      <button type="button" class="solid" onClick=${listen}>${words.composer.voiceYes}</button>
    </div>`}
    <p id="composer-note" class=${over > 0 ? "composer-note is-over" : "composer-note"} role="status">${note}</p>
    <div class=${voice.listening ? "composer-box is-listening" : "composer-box"}>
      <textarea
        ref=${field}
        rows="1"
        aria-label=${words.composer.label}
        aria-describedby="composer-note"
        aria-invalid=${over > 0}
        enterkeyhint="send"
        autocomplete="off"
        placeholder=${withAgent ? words.composer.toAgent : words.composer.placeholder}
        value=${text}
        onInput=${(/** @type {InputEvent & {target: HTMLTextAreaElement}} */ event) => {
          // What is heard would write over what the customer corrects.
          voice.drop();
          setText(event.target.value);
          typing();
        }}
        onKeyDown=${onKey}
      ></textarea>
      ${voice.available &&
      html`<button
        type="button"
        class="quiet icon-only composer-mic"
        aria-label=${voice.listening ? words.composer.stopVoice : words.composer.voice}
        aria-pressed=${voice.listening}
        onClick=${onMic}
      >
        <${Icon} name="mic" />
      </button>`}
      ${busy
        ? html`<button type="button" key="stop" class="send is-stop" aria-label=${words.composer.stop} onClick=${stop}>
            <${Icon} name="stop" />
          </button>`
        : html`<button type="submit" key="send" class="send" aria-label=${words.composer.send} disabled=${!sendable}>
            <${Icon} name="send" />
          </button>`}
    </div>
    <p class="composer-hint">${words.composer.hint}</p>
  </form>`;
}
