// @ts-check
/** One run: did it pass and if not why, every figure with its interval and gate, and its cases to look into. */
import { Icon } from "../chat/icons.js";
import { html, useState } from "../html.js";
import { Trouble, useLoaded, Waiting } from "../knowledge/loading.js";
import { Cases } from "./cases.js";
import { useBench } from "./context.js";
import { Interval, metricName, percent, suiteName, suiteNames, Verdict, when } from "./figures.js";
import { hrefTo } from "./routes.js";

/** @typedef {import("../api/evaluation.js").WholeRun} WholeRun */

/** @param {{id: string, asked: Record<string, string>}} props */
export function RunPage({ id, asked }) {
  const { client, words, language } = useBench();
  const loaded = useLoaded((signal) => client.json(`/v1/evaluation/runs/${encodeURIComponent(id)}`, { signal }), [id]);
  const run = /** @type {WholeRun | null} */ (loaded.data);
  return html`<div class="view">
    <p class="back"><a href=${hrefTo({ page: "runs" })}><${Icon} name="left" />${words.run.back}</a></p>
    <${Trouble} problem=${loaded.problem} retry=${loaded.reload} />
    ${!run && loaded.busy && html`<${Waiting} />`}
    ${run && html`<header class="head">
        <div class="head-words">
          <h1>${suiteNames(run.suites, words)}</h1>
          <p class="lead"><${Verdict} run=${run} /> <span>${when(run.started, language)}</span></p>
        </div>
      </header>
      ${run.error && html`<div class="note is-trouble"><p>${run.error.title}</p></div>`}
      ${run.log && run.log.length > 0 && run.status !== "done" && html`<details class="card"><summary>${words.run.log}</summary><pre class="log">${run.log.join("\n")}</pre></details>`}
      <${Why} run=${run} />
      ${run.suites.map((suite) => html`<${SuiteFigures} key=${suite} suite=${suite} rows=${run.metrics.filter((row) => row.suite === suite)} />`)}
      ${run.cases.length > 0 && html`<${Cases} run=${run} asked=${asked} />`}`}
  </div>`;
}

/** @param {{run: WholeRun}} props */
function Why({ run }) {
  const { words } = useBench();
  const told = /** @type {const} */ (["crossed", "lost", "missing", "changed"]).filter((name) => run[name]?.length);
  if (run.passed !== false || !told.length) return null;
  return html`<section class="card why">
    <h2>${words.run.why}</h2>
    ${told.map((name) => html`<div key=${name}>
      <h3>${words.run.reasons[name]}</h3>
      <ul class="plain">${run[name].slice(0, 12).map((text) => html`<li>${text}</li>`)}</ul>
    </div>`)}
  </section>`;
}

/** @param {{suite: string, rows: import("../api/evaluation.js").Measured[]}} props */
function SuiteFigures({ suite, rows }) {
  const { words } = useBench();
  const under = rows.filter(({ all, gate }) => all && gate !== null && all.mean < gate).length;
  const [open, setOpen] = useState(true);
  return html`<details class="card measures" open=${open} onToggle=${(/** @type {Event & {currentTarget: HTMLDetailsElement}} */ event) => setOpen(event.currentTarget.open)}>
    <summary><h2>${suiteName(suite, words)}</h2><span class="faint">${under ? words.run.under(under) : words.run.count(rows.length)}</span></summary>
    <ul>
      ${rows.map(({ metric, claim, gate, all, seen, unseen }) => all && html`<li key=${metric} class=${gate !== null && all.mean < gate ? "measure is-under" : "measure"}>
        <span class="measure-name" title=${claim}>${metricName(metric, words)}<span class="faint">n ${all.n}</span></span>
        <b>${percent(all.mean)}</b>
        <${Interval} score=${all} gate=${gate} />
        <span class="measure-halves faint">${words.run.halves(percent(seen?.mean), percent(unseen?.mean), gate === null ? "–" : percent(gate))}</span>
      </li>`)}
    </ul>
  </details>`;
}
