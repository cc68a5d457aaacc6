// @ts-check
/** Renders read blocks as elements. Words only ever become text nodes. */
import { html } from "../html.js";
import { cutRuns, readBlocks } from "./blocks.js";

/**
 * @typedef {import("./blocks.js").Run} Run
 *
 * @typedef {object} RichProps
 * @property {string} text
 * @property {number[]} [cuts] places where released pieces meet, ascending
 * @property {{start: number, end: number} | null} [mark] what to highlight
 * @property {((n: number) => import("../html.js").Child)} [cite] renders a citation mark
 */

/** @param {RichProps} props */
export function Rich({ text, cuts = [], mark = null, cite }) {
  const places = mark ? [mark.start, mark.end] : cuts;
  /** @param {Run[]} runs */
  const show = (runs) =>
    cutRuns(runs, places).map((run) => {
      if (run.kind === "cite") return cite?.(run.n);
      const marked = mark !== null && run.start >= mark.start && run.end <= mark.end;
      const words = run.strong ? html`<strong>${run.text}</strong>` : run.text;
      return marked ? html`<mark key=${run.start}>${words}</mark>` : html`<span class="piece" key=${run.start}>${words}</span>`;
    });
  return readBlocks(text, { cites: Boolean(cite) }).map((block) => {
    if (block.kind === "heading") return html`<p class="rich-heading">${block.lines.map(show)}</p>`;
    if (block.kind === "paragraph") {
      return html`<p>${block.lines.map((line, at) => html`${at > 0 ? html`<br />` : null}${show(line)}`)}</p>`;
    }
    if (block.kind === "list") {
      const items = block.items.map((item) => html`<li>${show(item)}</li>`);
      return block.ordered ? html`<ol start=${block.first}>${items}</ol>` : html`<ul>${items}</ul>`;
    }
    return html`<div class="rich-table" tabindex="0" role="group">
      <table>
        ${block.head && html`<thead><tr>${block.head.map((cell) => html`<th scope="col">${show(cell)}</th>`)}</tr></thead>`}
        <tbody>
          ${block.rows.map((row) => html`<tr>${row.map((cell) => html`<td>${show(cell)}</td>`)}</tr>`)}
        </tbody>
      </table>
    </div>`;
  });
}
