// @ts-check
/** All runs, the newest first; the one that runs now with its progress; two can be chosen to be compared. */
import { Icon } from "../chat/icons.js";
import { html, useEffect, useState } from "../html.js";
import { followRun } from "../api/evaluation.js";
import { Empty, explain, Trouble, useLoaded, Waiting } from "../knowledge/loading.js";
import { useBench } from "./context.js";
import { metricName, percent, suiteNames, Verdict, when } from "./figures.js";
import { go, hrefTo } from "./routes.js";
import { StartDialog } from "./start.js";

/** @typedef {import("../api/evaluation.js").Run} Run */

const TELLING = ["answer_facts_present", "answers_when_it_can", "abstains_when_it_should", "recall_at_4", "ends_as_it_should"];

export function RunsPage() {
  const { client, words, say } = useBench();
  const [starting, setStarting] = useState(false);
  const [chosen, setChosen] = useState(/** @type {string[]} */ ([]));
  const loaded = useLoaded((signal) => client.json("/v1/evaluation/runs", { signal }), []);
  const runs = /** @type {Run[] | null} */ (loaded.data?.runs ?? null);
  const running = runs?.find((run) => run.status === "running");
  /** @param {string} id */
  const choose = (id) => setChosen((now) => (now.includes(id) ? now.filter((one) => one !== id) : [...now, id].slice(-2)));
  const compare = () => {
    const order = (runs ?? []).map(({ id }) => id).filter((id) => chosen.includes(id));
    const [after = "", before = ""] = order;
    go({ page: "compare", query: { a: before, b: after } });
  };
  return html`<div class="view">
    <header class="head">
      <div class="head-words"><h1>${words.runs.title}</h1><p class="lead">${words.runs.lead}</p></div>
      <div class="head-actions">
        <button type="button" class="solid" disabled=${Boolean(running)} onClick=${() => setStarting(true)}><${Icon} name="plus" />${words.runs.start}</button>
      </div>
    </header>
    <${Trouble} problem=${loaded.problem} retry=${loaded.reload} />
    ${running && html`<${Progress} key=${running.id} run=${running} lost=${loaded.reload} ended=${(/** @type {Run} */ run) => {
      say(words.runs.ended(words.statuses[run.status] ?? run.status));
      loaded.reload();
    }} />`}
    ${!runs && loaded.busy && html`<${Waiting} />`}
    ${runs && !runs.length && html`<${Empty} title=${words.runs.noneTitle} lead=${words.runs.noneLead} icon="archive" />`}
    ${runs && runs.length > 0 && html`<ul class="run-list">
      ${runs.filter((run) => run.status !== "running").map((run) => html`<${Row} key=${run.id} run=${run} chosen=${chosen.includes(run.id)} choose=${choose} />`)}
    </ul>`}
    ${chosen.length > 0 && html`<div class="choice" role="status">
      <p>${words.runs.chosen(chosen.length)}</p>
      <button type="button" class="quiet" onClick=${() => setChosen([])}>${words.cancel}</button>
      <button type="button" class="solid" disabled=${chosen.length < 2} onClick=${compare}>${words.runs.compare}</button>
    </div>`}
    ${starting && html`<${StartDialog} close=${() => setStarting(false)} started=${() => {
      setStarting(false);
      say(words.runs.started);
      loaded.reload();
    }} />`}
  </div>`;
}

/** @param {{run: Run, chosen: boolean, choose: (id: string) => void}} props */
function Row({ run, chosen, choose }) {
  const { words, language } = useBench();
  const told = TELLING.flatMap((name) => run.metrics.filter(({ metric, all }) => metric === name && all)).slice(0, 3);
  const shown = told.length ? told : run.metrics.slice(0, 3);
  return html`<li class="run-row">
    ${run.cases_total ? html`<label class="run-choose"><input type="checkbox" checked=${chosen} onChange=${() => choose(run.id)} /><span class="sr">${words.runs.choose(run.id)}</span></label>` : html`<span class="run-choose"></span>`}
    <a class="run-open" href=${hrefTo({ page: "run", run: run.id })}>
      <span class="run-name"><b>${suiteNames(run.suites, words)}</b><${Verdict} run=${run} /></span>
      <span class="faint">${when(run.started, language)}${run.cases_total ? ` · ${words.runs.cases(run.cases_total, run.failed_cases ?? 0)}` : ""}${told.length || !run.error ? "" : ` · ${run.error.title}`}</span>
      ${shown.length > 0 && html`<span class="run-figures">
        ${shown.map((one) => html`<span key=${one.suite + one.metric}><span class="faint">${metricName(one.metric, words)}</span> <b>${percent(one.all?.mean)}</b></span>`)}
      </span>`}
    </a>
    <${Icon} name="right" />
  </li>`;
}

/** @param {{run: Run, ended: (run: Run) => void, lost: () => void}} props lost: the service no longer tells of it */
function Progress({ run, ended, lost }) {
  const { client, words, say } = useBench();
  const [now, setNow] = useState(run);
  const [stopping, setStopping] = useState(false);
  useEffect(() => {
    const aborter = new AbortController();
    (async () => {
      try {
        for await (const state of followRun(client, run.id, aborter.signal)) {
          setNow(state);
          if (state.status !== "running") ended(state);
        }
      } catch (problem) {
        if (aborter.signal.aborted) return;
        say(explain(problem, words));
        // The list is read again: it tells how the run ended.
        lost();
      }
    })();
    return () => aborter.abort();
  }, [run.id]);
  const total = now.total ?? 0;
  const done = now.done ?? 0;
  const stop = async () => {
    setStopping(true);
    try {
      await client.json(`/v1/evaluation/runs/${encodeURIComponent(run.id)}/stop`, { method: "POST" });
    } catch (problem) {
      say(explain(problem, words));
      setStopping(false);
    }
  };
  return html`<section class="card run-now" aria-label=${words.runs.now}>
    <div class="run-now-head">
      <p><b>${suiteNames(run.suites, words)}</b><span class="faint">${total ? words.runs.progress(done, total) : words.runs.preparing}</span></p>
      <button type="button" class="quiet" disabled=${stopping} onClick=${stop}><${Icon} name="stop" />${words.runs.stop}</button>
    </div>
    <progress max=${total || 1} value=${total ? done : undefined} aria-label=${words.runs.now}></progress>
  </section>`;
}
