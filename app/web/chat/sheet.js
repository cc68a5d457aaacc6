// @ts-check
/**
 * The passage behind a citation, with the quoted words marked: a bottom sheet on a phone, a panel beside the
 * conversation where there is room. Esc closes it and the focus goes back to where it came from.
 */
import { html, useEffect, useLayoutEffect, useRef } from "../html.js";
import { findQuote } from "../text/quote.js";
import { Rich } from "../text/rich.js";
import { useWords } from "../words/index.js";
import { Icon } from "./icons.js";
import { validity } from "./sources.js";

const ROOMY = "(min-width: 68rem)";

/**
 * @typedef {object} SheetProps
 * @property {import("../api/types.js").Citation[]} citations
 * @property {number} n
 * @property {(n: number) => void} turn
 * @property {() => void} close
 */

/** @param {SheetProps} props */
export function Sheet({ citations, n, turn, close }) {
  const words = useWords();
  const dialog = useRef(/** @type {HTMLDialogElement | null} */ (null));
  const body = useRef(/** @type {HTMLElement | null} */ (null));
  const heading = useRef(/** @type {HTMLElement | null} */ (null));

  useLayoutEffect(() => {
    const box = dialog.current;
    const opener = document.activeElement;
    if (window.matchMedia(ROOMY).matches) box?.show();
    else box?.showModal();
    return () => {
      box?.close();
      if (opener instanceof HTMLElement && opener.isConnected) opener.focus({ preventScroll: true });
    };
  }, []);

  useEffect(() => {
    heading.current?.focus({ preventScroll: true });
    const marked = body.current?.querySelector("mark");
    if (!body.current) return;
    if (!(marked instanceof HTMLElement)) body.current.scrollTop = 0;
    else body.current.scrollTop = marked.offsetTop - body.current.clientHeight / 3;
  }, [n, citations]);

  useEffect(() => {
    /** @param {KeyboardEvent} event */
    const onKey = (event) => {
      if (event.key !== "Escape" || event.isComposing) return;
      event.preventDefault();
      close();
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, [close]);

  const at = citations.findIndex((citation) => citation.n === n);
  const citation = citations[at];
  if (!citation) return null;
  const text = citation.text || citation.quote;
  const facts = [
    words.sheet.kinds[citation.kind ?? ""],
    words.sheet.version(citation.version),
    citation.page && words.sheet.page(citation.page),
  ].filter(Boolean);
  /** @param {MouseEvent} event */
  const onBackdrop = (event) => {
    if (event.target === dialog.current) close();
  };
  return html`<dialog
    ref=${dialog}
    class="sheet"
    aria-labelledby="sheet-title"
    onClick=${onBackdrop}
    onCancel=${(/** @type {Event} */ event) => {
      event.preventDefault();
      close();
    }}
  >
    <div class="sheet-box">
      <header class="sheet-head">
        <p class="sheet-count">${words.sheet.of(at + 1, citations.length)}</p>
        ${citations.length > 1 &&
        html`<button
            type="button"
            class="quiet icon-only"
            aria-label=${words.sheet.previous}
            disabled=${at === 0}
            onClick=${() => turn(citations[at - 1]?.n ?? n)}
          >
            <${Icon} name="left" />
          </button>
          <button
            type="button"
            class="quiet icon-only"
            aria-label=${words.sheet.next}
            disabled=${at === citations.length - 1}
            onClick=${() => turn(citations[at + 1]?.n ?? n)}
          >
            <${Icon} name="right" />
          </button>`}
        <button type="button" class="quiet icon-only" aria-label=${words.sheet.close} onClick=${close}>
          <${Icon} name="close" />
        </button>
      </header>
      <div class="sheet-body" ref=${body} tabindex="0" role="group" aria-labelledby="sheet-title">
        <h2 id="sheet-title" ref=${heading} tabindex="-1">
          ${citation.title}${citation.section && html`<span class="sheet-section"> › ${citation.section}</span>`}
        </h2>
        <p class="sheet-facts">
          ${facts.map((fact) => html`<span>${fact}</span>`)}
          <span class="sheet-validity">${validity(citation, words)}</span>
        </p>
        <div class="passage">
          ${citation.question && html`<p class="passage-question"><b>${words.sheet.question}</b>${citation.question}</p>`}
          <${Rich} text=${text} mark=${findQuote(text, citation.quote)} />
        </div>
        <p class="sheet-note">${words.sheet.verbatim}</p>
      </div>
    </div>
  </dialog>`;
}
