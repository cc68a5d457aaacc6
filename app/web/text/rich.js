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

const CLOSING = /^[，。；：、！？）》」”’,.;:!?)\]]+/;

/**
 * A citation mark never begins a line, nor does the punctuation after it: they stay with the character before.
 *
 * @param {Run[]} runs
 * @returns {Run[][]} groups that a line break must not part
 */
function groupMarks(runs) {
  /** @type {Run[][]} */
  const groups = [];
  for (const run of runs) {
    const last = groups.at(-1);
    const end = last?.at(-1);
    if (run.kind === "cite") {
      if (last && end?.kind === "cite") last.push(run);
      else if (end?.kind === "text") {
        groups.pop();
        const [head, tail] = cutRuns([end], [end.end - ([...end.text].at(-1)?.length ?? 0)]);
        if (head && tail) groups.push([head], [tail, run]);
        else groups.push([end, run]);
      } else groups.push([run]);
      continue;
    }
    const closing = end?.kind === "cite" ? CLOSING.exec(run.text)?.[0].length : 0;
    const [first, rest] = closing ? cutRuns([run], [run.start + closing]) : [];
    if (last && first) {
      last.push(first);
      if (rest) groups.push([rest]);
    } else groups.push([run]);
  }
  return groups;
}

/** @param {RichProps} props */
export function Rich({ text, cuts = [], mark = null, cite }) {
  const places = mark ? [mark.start, mark.end] : cuts;
  /** @param {import("./blocks.js").TextRun} run */
  const showWords = (run) => {
    const marked = mark !== null && run.start >= mark.start && run.end <= mark.end;
    const words = run.strong ? html`<strong>${run.text}</strong>` : run.text;
    return marked ? html`<mark key=${run.start}>${words}</mark>` : html`<span class="piece" key=${run.start}>${words}</span>`;
  };
  /** @param {Run[]} runs */
  const show = (runs) => {
    /** @type {import("../html.js").Child[]} */
    const shown = [];
    for (const group of groupMarks(cutRuns(runs, places))) {
      const parts = group.map((run) => (run.kind === "cite" ? cite?.(run.n) : showWords(run)));
      const marked = group.some((run) => run.kind === "cite");
      shown.push(marked ? html`<span class="unbroken" key=${`n${group[0]?.start}`}>${parts}</span>` : parts[0]);
    }
    return shown;
  };
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
