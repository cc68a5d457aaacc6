// @ts-check
/** What a version changes: inserted and deleted words are coloured, and marked for those who don't see the colours. */
import { html, useState } from "../html.js";
import { useConsole } from "./context.js";
import { Trouble, useLoaded, Waiting } from "./loading.js";

/** @typedef {import("../api/knowledge.js").Change} Change */

/** @param {{document: import("../api/knowledge.js").Document, version: import("../api/knowledge.js").Version, path: string}} props */
export function DiffView({ document, version, path }) {
  const { client, words } = useConsole();
  const said = words.document.diff;
  const [all, setAll] = useState(false);
  const first = document.versions[0]?.version === version.version;
  const loaded = useLoaded(async (signal) => (first ? null : client.json(`${path}/diff`, { signal })), [path, version.ready]);
  const diff = /** @type {import("../api/knowledge.js").Diff | null} */ (loaded.data);
  if (first) return html`<p class="note">${said.first}</p>`;
  if (!diff) {
    return loaded.busy ? html`<${Waiting} />` : html`<${Trouble} problem=${loaded.problem} retry=${loaded.reload} />`;
  }
  const { counts, metadata } = diff;
  const shown = diff.passages.filter(({ change }) => all || change !== "same");
  return html`<section class="diff" aria-label=${words.document.tabs.diff}>
    <div class="diff-head">
      <div>
        ${diff.against && html`<h2>${said.against(diff.against)}</h2>`}
        <p>${said.counts(counts.changed, counts.added, counts.removed, counts.same)}</p>
      </div>
      <p class="legend"><ins>${said.inserted}</ins><del>${said.deleted}</del></p>
    </div>
    ${metadata.length > 0 &&
    html`<h3>${said.metadata}</h3>
      <dl class="facts is-diff">
        ${metadata.map(
          ({ field, before, after }) => html`<div>
            <dt>${words.fields[field] ?? field}</dt>
            <dd>${before && html`<del>${shownValue(field, before, words)}</del>`} ${after && html`<ins>${shownValue(field, after, words)}</ins>`}</dd>
          </div>`,
        )}
      </dl>`}
    <h3>${said.passages}</h3>
    ${shown.length === 0 && html`<p class="note">${said.nothing}</p>`}
    <ol class="passages">${shown.map((change, at) => html`<${ChangeCard} key=${at} change=${change} />`)}</ol>
    ${counts.same > 0 &&
    html`<label class="check"><input type="checkbox" checked=${all} onChange=${() => setAll(!all)} />${said.same}</label>`}
  </section>`;
}

/**
 * @param {string} field
 * @param {string} value
 * @param {import("../words/knowledge/index.js").KnowledgeWords} words
 */
function shownValue(field, value, words) {
  return (field === "kind" ? words.kinds[value] : field === "audience" ? words.audiences[value] : value) ?? value;
}

/**
 * A changed text marked as such; the line breaks it begins with stand before its mark, which would end a line otherwise.
 *
 * @param {{op: "insert" | "delete", text: string}} props
 */
function Marked({ op, text }) {
  const breaks = text.trim() ? text.slice(0, text.length - text.trimStart().length) : "";
  const said = text.slice(breaks.length);
  return html`${breaks}${op === "insert" ? html`<ins>${said}</ins>` : html`<del>${said}</del>`}`;
}

/** @param {{change: Change}} props */
function ChangeCard({ change: { change, section, page, before, after, spans } }) {
  const { words } = useConsole();
  return html`<li class=${`passage-card is-${change}`}>
    <header>
      <p class="passage-place">${[section, page && words.page(page)].filter(Boolean).join(" · ")}</p>
      <span class=${`pill is-${change}`}>${words.document.diff.changes[change]}</span>
    </header>
    <div class="passage is-plain">
      ${spans?.length
        ? spans.map(({ op, text }) => (op === "equal" ? text : html`<${Marked} op=${op} text=${text} />`))
        : change === "added"
          ? html`<ins>${after}</ins>`
          : change === "removed"
            ? html`<del>${before}</del>`
            : (after ?? before)}
    </div>
  </li>`;
}
