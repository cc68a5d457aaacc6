// @ts-check
/**
 * Reads the little formatting that answers and passages have: paragraphs, headings, lists, tables, bold words,
 * citation marks. It gives data, never markup; whoever renders it can only make text of it.
 *
 * start and end are places in the original text, so that a highlight or a release boundary can be found again.
 * @typedef {{kind: "text", text: string, start: number, end: number, strong: boolean}} TextRun
 * @typedef {{kind: "cite", n: number, start: number, end: number}} CiteRun
 * @typedef {TextRun | CiteRun} Run
 * @typedef {{kind: "paragraph", lines: Run[][]}} Paragraph
 * @typedef {{kind: "heading", lines: Run[][]}} Heading
 * @typedef {{kind: "list", ordered: boolean, first: number, items: Run[][]}} List
 * @typedef {{kind: "table", head: Run[][] | null, rows: Run[][][]}} Table
 * @typedef {Paragraph | Heading | List | Table} Block
 *
 * @typedef {{text: string, start: number}} Line
 */

const BULLET = /^\s*[-*•·]\s+/;
const NUMBERED = /^\s*(\d{1,2})[.、)）]\s*(?!\d)/;
const HEADING = /^\s*#{1,6}\s+/;
const RULE_ROW = /^\s*\|?(?:\s*:?-{2,}:?\s*\|)+\s*(?::?-{2,}:?\s*)?$/;
const MARKED = /\*\*(.+?)\*\*|\[(\d{1,2})\]/g;

/**
 * @param {string} text
 * @param {{cites?: boolean}} [options] cites: read [1] as a citation mark
 * @returns {Block[]}
 */
export function readBlocks(text, { cites = false } = {}) {
  /** @type {Block[]} */
  const blocks = [];
  let fresh = true;
  for (const line of linesOf(text)) {
    if (!line.text.trim()) {
      fresh = true;
      continue;
    }
    const last = fresh ? undefined : blocks.at(-1);
    fresh = false;
    const runs = (/** @type {Line} */ part) => readRuns(part, cites);
    if (line.text.includes("|") && /^\s*\|/.test(line.text)) addRow(blocks, last, line, runs);
    else if (HEADING.test(line.text)) blocks.push({ kind: "heading", lines: [runs(cut(line, HEADING))] });
    else if (BULLET.test(line.text)) addItem(blocks, last, 0, runs(cut(line, BULLET)));
    else if (NUMBERED.test(line.text)) {
      addItem(blocks, last, Number(NUMBERED.exec(line.text)?.[1]), runs(cut(line, NUMBERED)));
    } else if (last?.kind === "paragraph") last.lines.push(runs(line));
    else blocks.push({ kind: "paragraph", lines: [runs(line)] });
  }
  return blocks;
}

/**
 * @param {string} text
 * @returns {Line[]}
 */
function linesOf(text) {
  let start = 0;
  return text.split("\n").map((line) => {
    const here = { text: line.replace(/\r$/, ""), start };
    start += line.length + 1;
    return here;
  });
}

/**
 * @param {Line} line
 * @param {RegExp} prefix
 * @returns {Line}
 */
function cut(line, prefix) {
  const width = prefix.exec(line.text)?.[0].length ?? 0;
  return { text: line.text.slice(width), start: line.start + width };
}

/**
 * @param {Block[]} blocks
 * @param {Block | undefined} last
 * @param {number} number 0: a bullet
 * @param {Run[]} item
 */
function addItem(blocks, last, number, item) {
  if (last?.kind === "list" && last.ordered === number > 0) last.items.push(item);
  else blocks.push({ kind: "list", ordered: number > 0, first: number, items: [item] });
}

/**
 * @param {Block[]} blocks
 * @param {Block | undefined} last
 * @param {Line} line
 * @param {(part: Line) => Run[]} runs
 */
function addRow(blocks, last, line, runs) {
  if (RULE_ROW.test(line.text)) {
    if (last?.kind === "table" && !last.head && last.rows.length === 1) last.head = last.rows.pop() ?? null;
    return;
  }
  const inner = cut(line, /^\s*\|/);
  inner.text = inner.text.replace(/\|\s*$/, "");
  let start = inner.start;
  const cells = inner.text.split("|").map((cell) => {
    const lead = cell.length - cell.trimStart().length;
    const part = { text: cell.trim(), start: start + lead };
    start += cell.length + 1;
    return runs(part);
  });
  if (last?.kind === "table") last.rows.push(cells);
  else blocks.push({ kind: "table", head: null, rows: [cells] });
}

/**
 * @param {Line} line
 * @param {boolean} cites
 * @returns {Run[]}
 */
function readRuns({ text, start }, cites) {
  /** @type {Run[]} */
  const runs = [];
  let from = 0;
  /** @param {number} to @param {boolean} [strong] */
  const take = (to, strong = false) => {
    if (to > from) runs.push({ kind: "text", text: text.slice(from, to), start: start + from, end: start + to, strong });
    from = to;
  };
  for (const found of text.matchAll(MARKED)) {
    const [whole, bold, number] = found;
    if (number && !cites) continue;
    take(found.index);
    if (bold !== undefined) {
      from += 2;
      take(from + bold.length, true);
    } else runs.push({ kind: "cite", n: Number(number), start: start + from, end: start + from + whole.length });
    from = found.index + whole.length;
  }
  take(text.length);
  return runs;
}

/**
 * Cut text runs at the given places, so that each piece lies wholly on one side.
 *
 * @param {Run[]} runs
 * @param {number[]} places ascending
 * @returns {Run[]}
 */
export function cutRuns(runs, places) {
  /** @type {Run[]} */
  const pieces = [];
  for (const run of runs) {
    if (run.kind === "cite") {
      pieces.push(run);
      continue;
    }
    let { start } = run;
    for (const end of [...places.filter((place) => place > run.start && place < run.end), run.end]) {
      pieces.push({ ...run, text: run.text.slice(start - run.start, end - run.start), start, end });
      start = end;
    }
  }
  return pieces;
}

/**
 * The words alone, for reading aloud, copying and live regions.
 *
 * @param {string} text
 */
export function plainText(text) {
  return text.replace(/\[\d{1,2}\]/g, "").replace(/\*\*(.+?)\*\*/g, "$1");
}
