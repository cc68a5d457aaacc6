// @ts-check
/** The documents an answer rests on, one line each; a line opens its passage. */
import { html } from "../html.js";
import { useWords } from "../words/index.js";
import { Icon } from "./icons.js";

/**
 * @param {import("../api/types.js").Citation} citation
 * @param {import("../words/index.js").Words} words
 */
export function validity({ valid_from: from, valid_to: to }, words) {
  if (from && to) return words.sheet.between(from, to);
  if (from) return words.sheet.from(from);
  return to ? words.sheet.until(to) : words.sheet.open;
}

/** @param {{citations: import("../api/types.js").Citation[], open: (n: number) => void}} props */
export function Sources({ citations, open }) {
  const words = useWords();
  if (!citations.length) return null;
  return html`<section class="sources" aria-label=${words.sources}>
    <h3>${words.sources}</h3>
    <ul>
      ${citations.map(
        (citation) => html`<li key=${citation.n}>
          <button type="button" class="source" onClick=${() => open(citation.n)}>
            <span class="source-number">${citation.n}</span>
            <span class="source-words">
              <span class="source-title">${[citation.title, citation.section].filter(Boolean).join(" › ")}</span>
              <span class="source-facts">
                ${[
                  words.sheet.version(citation.version),
                  citation.page && words.sheet.page(citation.page),
                  validity(citation, words),
                ].map((fact) => fact && html`<span>${fact}</span>`)}
              </span>
            </span>
            <${Icon} name="right" />
          </button>
        </li>`,
      )}
    </ul>
  </section>`;
}
