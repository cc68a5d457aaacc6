// @ts-check
/** When and where a person may call back. */
import { html, useId, useState } from "../html.js";
import { useWords } from "../words/index.js";
import { bankTime } from "./times.js";

const SHOWN = 6;

/**
 * @typedef {object} CallBackProps
 * @property {string[]} slots
 * @property {string} language
 * @property {() => void} close
 * @property {(at: string, contact: string) => Promise<boolean>} send
 */

/** @param {CallBackProps} props */
export function CallBack({ slots, language, close, send }) {
  const words = useWords().ticket.callback;
  const id = useId();
  const [at, setAt] = useState(slots[0] ?? "");
  const [contact, setContact] = useState("");
  const [busy, setBusy] = useState(false);
  /** @param {Event} event */
  const onSubmit = async (event) => {
    event.preventDefault();
    setBusy(true);
    if (!(await send(at, contact.trim()))) setBusy(false);
  };
  return html`<form class="call-back" onSubmit=${onSubmit}>
    <fieldset>
      <legend>${words.title}</legend>
      <div class="chips">
        ${slots.slice(0, SHOWN).map(
          (slot) => html`<label class="chip" key=${slot}>
            <input type="radio" class="sr" name=${id} value=${slot} checked=${slot === at} onChange=${() => setAt(slot)} />
            ${bankTime(slot, language)}
          </label>`,
        )}
      </div>
    </fieldset>
    <label for=${`${id}-contact`}>${words.contact}</label>
    <input
      id=${`${id}-contact`}
      type="tel"
      inputmode="tel"
      autocomplete="tel"
      required
      aria-describedby=${`${id}-hint`}
      value=${contact}
      onInput=${(/** @type {InputEvent & {currentTarget: HTMLInputElement}} */ event) => setContact(event.currentTarget.value)}
    />
    <p class="call-back-hint" id=${`${id}-hint`}>${words.contactHint}</p>
    <div class="reasons-end">
      <button type="button" class="quiet" onClick=${close}>${words.later}</button>
      <button type="submit" class="solid" disabled=${busy || contact.trim().length < 5}>${words.send}</button>
    </div>
  </form>`;
}
