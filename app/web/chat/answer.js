// @ts-check
/**
 * One answer: who made it, what it says, what it rests on, and the next step. An abstention or a refusal is no error
 * and does not look like one; safety words stand out and stay calm.
 *
 * @typedef {import("./transcript.js").TurnItem} TurnItem
 *
 * @typedef {object} AnswerProps
 * @property {TurnItem} turn
 * @property {boolean} live being written now
 * @property {boolean} newest
 * @property {import("./app.js").Deeds} deeds
 * @property {import("../words/index.js").Language} language
 * @property {"up" | "down" | undefined} rated
 * @property {import("./wish.js").WishState} wish
 */
import { html } from "../html.js";
import { serviceNumbers } from "../text/telephones.js";
import { useWords } from "../words/index.js";
import { CopyButton, ReadButton } from "./actions.js";
import { AnswerText } from "./answer_text.js";
import { Feedback } from "./feedback.js";
import { Icon } from "./icons.js";
import { Sources } from "./sources.js";
import { clockTime } from "./times.js";
import { Wish } from "./wish.js";

/**
 * How the answer looks.
 *
 * @param {TurnItem} turn
 * @param {boolean} live
 * @returns {"safety" | "handed_off" | "refused" | "abstained" | "stopped" | "failed" | "interrupted" | "plain"}
 */
function lookOf(turn, live) {
  if (turn.priority === "P0") return "safety";
  if (turn.status === "running") return live ? "plain" : "interrupted";
  if (turn.status === "failed" && turn.failure?.code === "client_left") return "interrupted";
  return turn.status === "answered" || turn.status === "relayed" ? "plain" : turn.status;
}

/** @param {TurnItem} turn */
function foundNothing({ status, reason }) {
  return status === "abstained" || (status === "handed_off" && reason === "repeated_failure");
}

/** @param {AnswerProps} props */
export function Answer({ turn, live, newest, deeds, language, rated, wish }) {
  const words = useWords();
  const look = lookOf(turn, live);
  const done = !live && turn.parts.length > 0 && look !== "safety";
  return html`<article class=${`answer is-${look}`} aria-label=${words.assistant} aria-busy=${live}>
    <${Head} turn=${turn} language=${language} />
    <${Banner} turn=${turn} look=${look} />
    ${turn.parts.length > 0 &&
    html`<${AnswerText}
      parts=${turn.parts}
      citations=${turn.citations}
      live=${live}
      open=${(/** @type {number} */ n) => deeds.openSource(turn.citations, n)}
    />`}
    ${live && html`<${Progress} text=${turn.progress || (turn.parts.length ? "" : words.thinking)} />`}
    ${look === "safety" && html`<${Calls} text=${turn.parts.join("")} />`}
    <${End} turn=${turn} look=${look} />
    <${Sources} citations=${turn.citations} open=${(/** @type {number} */ n) => deeds.openSource(turn.citations, n)} />
    <${NextSteps} turn=${turn} look=${look} newest=${newest} deeds=${deeds} />
    ${!live &&
    foundNothing(turn) &&
    html`<${Wish} state=${wish} set=${(/** @type {boolean} */ on) => deeds.wish(turn.id, on)} />`}
    ${done &&
    html`<${Feedback} rated=${rated} rate=${(/** @type {import("./feedback.js").Feedback} */ f) => deeds.rate(turn.id, f)}>
      <${CopyButton} turn=${turn} language=${language} />
      <${ReadButton} turn=${turn} language=${language} />
    <//>`}
  </article>`;
}

/** @param {{turn: TurnItem, language: string}} props */
function Head({ turn, language }) {
  const words = useWords();
  return html`<header class="answer-head">
    <span class="label" data-generator=${turn.generator}>${turn.label || words.label[turn.generator]}</span>
    <time datetime=${new Date(turn.at).toISOString()}>${clockTime(turn.at, language)}</time>
  </header>`;
}

/** @param {{turn: TurnItem, look: string}} props */
function Banner({ turn, look }) {
  const words = useWords();
  if (look === "safety") {
    return html`<h2 class="answer-banner"><${Icon} name="shield" />${words.safety[turn.reason] ?? words.safety.other}</h2>`;
  }
  const said = { abstained: words.abstained, refused: words.refused, handed_off: words.handedOff, failed: words.failed }[look];
  if (!said) return null;
  const icon = { abstained: "search", refused: "hand", handed_off: "person", failed: "retry" }[look] ?? "";
  return html`<h2 class="answer-banner"><${Icon} name=${icon} />${said}</h2>`;
}

/** @param {{text: string}} props */
function Progress({ text }) {
  return html`<p class="progress"><span class="pulse" aria-hidden="true"></span>${text}</p>`;
}

/** @param {{text: string}} props */
function Calls({ text }) {
  const words = useWords();
  // Short ones first: they share a line.
  const numbers = serviceNumbers(text).sort((one, other) => one.length - other.length);
  if (!numbers.length) return null;
  return html`<div class="calls">
    ${numbers.map(
      (number) => html`<a class="call" key=${number} href=${`tel:${number}`}>
        <${Icon} name="phone" />${words.actions.call(number)}
      </a>`,
    )}
  </div>`;
}

/** @param {{turn: TurnItem, look: string}} props */
function End({ turn, look }) {
  const words = useWords();
  const said = {
    stopped: turn.parts.length ? words.stopped : words.stoppedEarly,
    interrupted: words.interrupted,
    failed: turn.failure?.title || words.failedTitle,
  }[look];
  return said ? html`<p class="answer-end">${said}</p>` : null;
}

/** @param {{turn: TurnItem, look: string, newest: boolean, deeds: import("./app.js").Deeds}} props */
function NextSteps({ turn, look, newest, deeds }) {
  const words = useWords();
  if (!newest) return null;
  const again = look === "stopped" || look === "interrupted" || look === "failed";
  const person = look === "abstained" || look === "refused" || look === "failed" || look === "interrupted";
  const steps = [
    again &&
      turn.question &&
      html`<button type="button" class="soft" onClick=${() => deeds.send(turn.question)}>
        <${Icon} name="retry" />${words.actions.retry}
      </button>`,
    person &&
      !deeds.waiting &&
      html`<button type="button" class="soft" onClick=${deeds.askForPerson}>
        <${Icon} name="person" />${words.actions.person}
      </button>`,
    look === "abstained" &&
      html`<button type="button" class="soft" onClick=${deeds.write}>
        <${Icon} name="speech" />${words.actions.rephrase}
      </button>`,
  ].filter(Boolean);
  return steps.length ? html`<div class="next-steps">${steps}</div>` : null;
}
