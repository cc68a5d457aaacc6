// @ts-check
/** One question about the service: a score, sent as it is given, then, for those who want, why. The last word counts. */
import { html, useEffect, useState } from "../html.js";
import { useWords } from "../words/index.js";
import { Icon } from "./icons.js";

const IDLE_MS = 45_000;
const GOOD = 4;

/**
 * Whether nothing has been said for a while: a question then disturbs nobody.
 *
 * @param {number} said how much has been said
 * @param {boolean} busy
 */
export function useIdle(said, busy) {
  const [idle, setIdle] = useState(false);
  useEffect(() => {
    setIdle(false);
    if (busy || !said) return undefined;
    const timer = setTimeout(() => setIdle(true), IDLE_MS);
    return () => clearTimeout(timer);
  }, [said, busy]);
  return idle;
}

/**
 * @typedef {{about: "person" | "bot", score: number, reasons: string[], comment: string}} Given
 *
 * @param {{about: "person" | "bot", rate: (given: Given) => Promise<boolean>}} props
 */
export function Rating({ about, rate }) {
  const words = useWords();
  const [state, setState] = useState(/** @type {"asking" | "thanked" | "closed"} */ ("asking"));
  const [score, setScore] = useState(0);
  const [reasons, setReasons] = useState(/** @type {string[]} */ ([]));
  const [comment, setComment] = useState("");
  const [busy, setBusy] = useState(false);
  const [sent, setSent] = useState(false);
  if (state === "closed") return null;
  if (state === "thanked") return html`<div class="ticket"><p role="status">${words.rating.thanks}</p></div>`;
  const ask = about === "person" ? words.rating.ask : words.rating.askBot;
  const offered = Object.entries(score >= GOOD ? words.rating.reasons.praise : words.rating.reasons[about]);
  const chosen = reasons.filter((code) => offered.some(([other]) => other === code));
  /** @param {number} given */
  const choose = async (given) => {
    setScore(given);
    setSent(await rate({ about, score: given, reasons: [], comment: "" }));
  };
  /** @param {Event} event */
  const onSubmit = async (event) => {
    event.preventDefault();
    setBusy(true);
    if (await rate({ about, score, reasons: chosen, comment: comment.trim() })) setState("thanked");
    else setBusy(false);
  };
  return html`<form class="ticket is-rating" onSubmit=${onSubmit} aria-label=${ask}>
    <div class="rating-head">
      <p>${ask}</p>
      <button type="button" class="quiet icon-only" aria-label=${words.sheet.close} onClick=${() => setState("closed")}>
        <${Icon} name="close" />
      </button>
    </div>
    <div class="scores">
      ${words.rating.scores.map(
        (name, at) => html`<button type="button" class="chip" key=${at} aria-pressed=${score === at + 1} onClick=${() => choose(at + 1)}>
          ${name}
        </button>`,
      )}
    </div>
    ${score > 0 &&
    html`<div class="rating-why">
      <p><span role="status">${sent ? words.rating.thanks : ""}</span> ${words.rating.why}</p>
      <div class="chips">
        ${offered.map(
          ([code, name]) => html`<button
            type="button"
            class="chip"
            key=${code}
            aria-pressed=${reasons.includes(code)}
            onClick=${() => setReasons(reasons.includes(code) ? reasons.filter((other) => other !== code) : [...reasons, code])}
          >
            ${name}
          </button>`,
        )}
      </div>
      <textarea
        rows="1"
        maxlength="500"
        aria-label=${words.rating.comment}
        placeholder=${words.rating.comment}
        value=${comment}
        onInput=${(/** @type {InputEvent & {target: HTMLTextAreaElement}} */ event) => setComment(event.target.value)}
      ></textarea>
      <div class="reasons-end"><button type="submit" class="solid" disabled=${busy}>${words.rating.send}</button></div>
    </div>`}
  </form>`;
}
