// @ts-check
/** Two runs beside each other: what was changed between them, which figures moved, and every case that came out otherwise. */
import { html, useState } from "../html.js";
import { Select } from "../knowledge/fields.js";
import { Empty, Trouble, useLoaded, Waiting } from "../knowledge/loading.js";
import { useBench } from "./context.js";
import { metricName, percent, suiteName, suiteNames, when } from "./figures.js";
import { go } from "./routes.js";

/** @typedef {import("../api/evaluation.js").Comparison} Comparison */
/** @typedef {import("../api/evaluation.js").Run} Run */

/** @param {{asked: Record<string, string>}} props */
export function ComparePage({ asked }) {
  const { client, words, language } = useBench();
  const said = words.compare;
  const listed = useLoaded((signal) => client.json("/v1/evaluation/runs", { signal }), []);
  const runs = (/** @type {Run[]} */ (listed.data?.runs ?? [])).filter(({ cases_total: cases }) => cases);
  const a = asked.a || runs[1]?.id || "";
  const b = asked.b || runs[0]?.id || "";
  const load = async (/** @type {AbortSignal} */ signal) => (a && b ? client.json(`/v1/evaluation/compare?${new URLSearchParams({ a, b })}`, { signal }) : null);
  const loaded = useLoaded(load, [a, b]);
  const told = /** @type {Comparison | null} */ (loaded.data);
  /** @type {[string, string][]} */
  const options = runs.map((run) => [run.id, `${when(run.started, language)} ${suiteNames(run.suites, words)}`]);
  return html`<div class="view">
    <header class="head"><div class="head-words"><h1>${said.title}</h1><p class="lead">${said.lead}</p></div></header>
    ${listed.data && runs.length < 2
      ? html`<${Empty} title=${said.noneTitle} lead=${said.noneLead} icon="scale" />`
      : html`<div class="pair">
          <${Select} label=${said.before} value=${a} change=${(/** @type {string} */ value) => go({ page: "compare", query: { a: value, b } })} options=${options} />
          <${Select} label=${said.after} value=${b} change=${(/** @type {string} */ value) => go({ page: "compare", query: { a, b: value } })} options=${options} />
        </div>`}
    <${Trouble} problem=${loaded.problem ?? listed.problem} retry=${loaded.reload} />
    ${!told && loaded.busy && a && b && html`<${Waiting} />`}
    ${told && html`<${Shown} told=${told} />`}
  </div>`;
}

/** @param {{told: Comparison}} props */
function Shown({ told }) {
  const { words } = useBench();
  const said = words.compare;
  const [all, setAll] = useState(false);
  const moved = told.changes.filter(({ before, after }) => before !== after);
  const shown = all ? told.changes : moved;
  return html`<section class="card">
      <h2>${said.versions}</h2>
      ${told.versions.length ? html`<ul class="plain">${told.versions.slice(0, 20).map((text) => html`<li>${text}</li>`)}</ul>` : html`<p class="faint">${said.noVersions}</p>`}
    </section>
    <section class="card">
      <h2>${said.figures}</h2>
      ${shown.length
        ? html`<ul class="changes">${shown.map((one) => html`<li key=${one.suite + one.metric}>
            <span>${suiteName(one.suite, words)} · ${metricName(one.metric, words)}<span class="faint"> n ${one.n}</span></span>
            <span class=${one.after < one.before ? "care" : "good"}>${percent(one.before)} → <b>${percent(one.after)}</b></span>
            <span class="faint">${one.after < one.before ? (one.p < 0.02 ? said.sure(one.p.toFixed(3)) : said.chance(one.p.toFixed(3))) : ""}</span>
          </li>`)}</ul>`
        : html`<p class="faint">${said.noFigures}</p>`}
      ${told.changes.length > moved.length && html`<button type="button" class="quiet" onClick=${() => setAll(!all)}>${all ? said.onlyMoved : said.allFigures(told.changes.length)}</button>`}
    </section>
    <section class="cases">
      <h2>${said.cases(told.moved_total, told.same)}</h2>
      ${told.only_before + told.only_after > 0 && html`<p class="faint">${said.only(told.only_before, told.only_after)}</p>`}
      ${told.moved.map((one) => html`<details class="card moved" key=${`${one.suite}/${one.id}`}>
        <summary><span>${one.question}</span>
          <span class="faint">${one.id}</span>
          ${one.worse.length > 0 && html`<span class="care">${said.worse}${one.worse.map((name) => metricName(name, words)).join("、")}</span>`}
          ${one.better.length > 0 && html`<span class="good">${said.better}${one.better.map((name) => metricName(name, words)).join("、")}</span>`}
        </summary>
        <p class="moved-text">${one.text.map(({ kind, text }) => (kind === "same" ? text : kind === "gone" ? html`<del>${text}</del>` : html`<ins>${text}</ins>`))}</p>
        ${one.fields.includes("status") && html`<p class="faint">${words.turns[one.before.status] ?? one.before.status} → ${words.turns[one.after.status] ?? one.after.status}</p>`}
        ${one.fields.includes("cited") && html`<p class="faint">${said.cited}<del>${one.before.cited.join("；") || "–"}</del> <ins>${one.after.cited.join("；") || "–"}</ins></p>`}
        ${one.fields.includes("passages") && html`<p class="faint">${said.passages}</p>`}
      </details>`)}
    </section>`;
}
