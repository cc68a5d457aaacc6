// @ts-check
/**
 * A passage's words as people check them. Rows of a table are stored as "heading：value；heading：value", one a line, so
 * that a row is found with its headings; here they stand as a table again. Nothing is added or left out.
 */
import { html } from "../html.js";
import { Rich } from "../text/rich.js";

/**
 * @typedef {{kind: "text", text: string}} Words
 * @typedef {{kind: "table", head: string[], rows: string[][]}} Rows
 */

const LEAST_COLUMNS = 2;

/**
 * @param {string} line
 * @returns {[string, string][] | null} headings and values; null: no row
 */
function cellsOf(line) {
  const cells = line.split("；").map((cell) => {
    const at = cell.indexOf("：");
    return at > 0 && at < cell.length ? /** @type {[string, string]} */ ([cell.slice(0, at), cell.slice(at + 1)]) : null;
  });
  return cells.length >= LEAST_COLUMNS && cells.every((cell) => cell !== null) ? /** @type {[string, string][]} */ (cells) : null;
}

/**
 * Lines in a row that have the same headings become a table; a lone one stays a line.
 *
 * @param {string} text
 * @returns {(Words | Rows)[]}
 */
export function partsOf(text) {
  /** @type {(Words | Rows)[]} */
  const parts = [];
  /** @param {string[]} lines @param {[string, string][][]} rows */
  const close = (lines, rows) => {
    if (rows.length > 1) {
      parts.push({ kind: "table", head: rows[0]?.map(([name]) => name) ?? [], rows: rows.map((row) => row.map(([, value]) => value)) });
      return;
    }
    const last = parts.at(-1);
    if (last?.kind === "text") last.text += `\n${lines.join("\n")}`;
    else if (lines.length) parts.push({ kind: "text", text: lines.join("\n") });
  };
  /** @type {{lines: string[], rows: [string, string][][], key: string}} */
  let open = { lines: [], rows: [], key: "" };
  for (const line of text.split("\n")) {
    const cells = cellsOf(line);
    const key = cells ? cells.map(([name]) => name).join("\n") : "";
    if (!cells || key !== open.key) {
      close(open.lines, open.rows);
      open = { lines: [], rows: [], key };
    }
    open.lines.push(line);
    if (cells) open.rows.push(cells);
  }
  close(open.lines, open.rows);
  return parts;
}

/** @param {{text: string, query?: string}} props query: lower case, marked where it stands */
export function PassageText({ text, query = "" }) {
  return partsOf(text).map((part) => {
    if (part.kind === "text") {
      const at = query ? part.text.toLowerCase().indexOf(query) : -1;
      return html`<${Rich} text=${part.text} mark=${at < 0 ? null : { start: at, end: at + query.length }} />`;
    }
    return html`<div class="rich-table" tabindex="0" role="group">
      <table>
        <thead><tr>${part.head.map((name) => html`<th scope="col">${name}</th>`)}</tr></thead>
        <tbody>
          ${part.rows.map(
            (row) => html`<tr>${row.map((value) => html`<td>${marked(value, query)}</td>`)}</tr>`,
          )}
        </tbody>
      </table>
    </div>`;
  });
}

/**
 * @param {string} value
 * @param {string} query
 */
function marked(value, query) {
  const at = query ? value.toLowerCase().indexOf(query) : -1;
  if (at < 0) return value;
  return html`${value.slice(0, at)}<mark>${value.slice(at, at + query.length)}</mark>${value.slice(at + query.length)}`;
}
