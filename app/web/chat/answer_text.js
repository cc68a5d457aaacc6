// @ts-check
/** An answer's words with its citation marks; each released piece appears as one. */
import { html } from "../html.js";
import { Rich } from "../text/rich.js";
import { useWords } from "../words/index.js";

/**
 * @typedef {object} AnswerTextProps
 * @property {string[]} parts
 * @property {import("../api/types.js").Citation[]} citations
 * @property {boolean} live still being written
 * @property {(n: number) => void} open
 */

/** @param {AnswerTextProps} props */
export function AnswerText({ parts, citations, live, open }) {
  const words = useWords();
  let place = 0;
  const cuts = parts.map((part) => (place += part.length));
  /** @param {number} n */
  const cite = (n) => {
    const known = citations.find((citation) => citation.n === n);
    if (known) {
      return html`<button type="button" class="cite" aria-label=${words.openSource(n, known.title)} onClick=${() => open(n)}>
        <span>${n}</span>
      </button>`;
    }
    // Sources come after the last sentence; a mark that never got one is no claim.
    return live ? html`<span class="cite" aria-hidden="true"><span>${n}</span></span>` : null;
  };
  return html`<div class="answer-text"><${Rich} text=${parts.join("")} cuts=${cuts} cite=${cite} /></div>`;
}
