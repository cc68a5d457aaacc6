// @ts-check
/** One question about the service: a score, sent as it is given, then, for those who want, why. The last word counts. */
import { html, useEffect, useRef, useState } from "../html.js";
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
 * @typedef {object} RatingProps
 * @property {"person" | "bot"} about
 * @property {(given: Given) => Promise<boolean>} rate
 * @property {() => void} [begun] a score is chosen, words may follow
 * @property {() => void} [over] given or closed
 */

/** @param {RatingProps} props */
export function Rating({ about, rate, begun, over }) {
  const words = useWords();
  const [state, setState] = useState(/** @type {"asking" | "thanked" | "closed"} */ ("asking"));
  const [score, setScore] = useState(0);
  const [reasons, setReasons] = useState(/** @type {string[]} */ ([]));
  const [comment, setComment] = useState("");
  const [busy, setBusy] = useState(false);
  const [sent, setSent] = useState(false);
  const thanks = useRef(/** @type {HTMLElement | null} */ (null));
  // The button that was pressed is gone.
  useEffect(() => {
    if (state === "thanked") thanks.current?.focus();
    if (state !== "asking") over?.();
  }, [state]);
  if (state === "closed") return null;
  const ask = about === "person" ? words.rating.ask : words.rating.askBot;
  const offered = Object.entries(score >= GOOD ? words.rating.reasons.praise : words.rating.reasons[about]);
  const chosen = reasons.filter((code) => offered.some(([other]) => other === code));
  /** @param {number} given */
  const choose = async (given) => {
    setScore(given);
    begun?.();
    setSent(await rate({ about, score: given, reasons: [], comment: "" }));
  };
  /** @param {Event} event */
  const onSubmit = async (event) => {
    event.preventDefault();
    setBusy(true);
    if (await rate({ about, score, reasons: chosen, comment: comment.trim() })) setState("thanked");
    else setBusy(false);
  };
  const asking = state === "asking";
  const form = html`<form onSubmit=${onSubmit} aria-label=${ask}>
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
  return html`<div class=${asking ? "ticket is-rating" : "ticket"}>
    ${asking && form}
    <p role="status" ref=${thanks} tabindex="-1">${asking ? "" : words.rating.thanks}</p>
  </div>`;
}
