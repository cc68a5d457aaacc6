// @ts-check
/** What can be done with one answer: copy it with its sources, hear it. */
import { html, useEffect, useState } from "../html.js";
import { plainText } from "../text/blocks.js";
import { useWords } from "../words/index.js";
import { Icon } from "./icons.js";
import { canSpeak, useReadAloud } from "./speech.js";

const COPIED_MS = 2000;

/**
 * @typedef {object} ActionsProps
 * @property {import("./transcript.js").TurnItem} turn
 * @property {import("../words/index.js").Language} language
 */

/**
 * An answer never travels without its label and its sources.
 *
 * @param {import("./transcript.js").TurnItem} turn
 * @param {import("../words/index.js").Words} words
 */
function copyOf(turn, words) {
  const sources = turn.citations.map((c) => `[${c.n}] ${[c.title, c.section].filter(Boolean).join(" › ")}`);
  return [
    turn.parts.join(""),
    ...(sources.length ? ["", `${words.copySource}:`, ...sources] : []),
    "",
    `(${turn.label || words.label[turn.generator]})`,
  ].join("\n");
}

/** @param {ActionsProps} props */
export function CopyButton({ turn }) {
  const words = useWords();
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return undefined;
    const timer = setTimeout(() => setCopied(false), COPIED_MS);
    return () => clearTimeout(timer);
  }, [copied]);
  if (!navigator.clipboard) return null;
  const copy = () => navigator.clipboard.writeText(copyOf(turn, words)).then(() => setCopied(true), () => undefined);
  return html`<button type="button" class="quiet action" onClick=${copy}>
      <${Icon} name=${copied ? "check" : "copy"} /><span>${copied ? words.actions.copied : words.actions.copy}</span>
    </button>
    <span class="sr" role="status">${copied ? words.actions.copied : ""}</span>`;
}

/** @param {ActionsProps} props */
export function ReadButton({ turn, language }) {
  const words = useWords();
  const { reading, toggle } = useReadAloud(plainText(turn.parts.join("")), language);
  if (!canSpeak()) return null;
  return html`<button type="button" class="quiet action" aria-pressed=${reading} onClick=${toggle}>
    <${Icon} name=${reading ? "stop" : "speaker"} /><span>${reading ? words.actions.stopReading : words.actions.read}</span>
  </button>`;
}
