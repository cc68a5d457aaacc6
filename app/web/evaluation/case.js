// @ts-check
/** One case from question to answer: rewrite, passages with their ranks, prompt, raw text, verdicts, released text, time. */
import { Icon } from "../chat/icons.js";
import { html } from "../html.js";
import { Trouble, useLoaded, Waiting } from "../knowledge/loading.js";
import { useBench } from "./context.js";
import { metricName, percent } from "./figures.js";
import { hrefTo } from "./routes.js";

/** @typedef {import("../api/evaluation.js").Case} Case */
/** @typedef {import("../api/evaluation.js").Trace} Trace */

/** @param {{run: string, suite: string, id: string}} props */
export function CasePage({ run, suite, id }) {
  const { client, words } = useBench();
  const path = ["/v1/evaluation/runs", run, "cases", suite, id].map((part, at) => (at ? encodeURIComponent(part) : part)).join("/");
  const loaded = useLoaded((signal) => client.json(path, { signal }), [path]);
  const one = /** @type {Case | null} */ (loaded.data);
  return html`<div class="view">
    <p class="back"><a href=${hrefTo({ page: "run", run })}><${Icon} name="left" />${words.case.back}</a></p>
    <${Trouble} problem=${loaded.problem} retry=${loaded.reload} />
    ${!one && loaded.busy && html`<${Waiting} />`}
    ${one && html`<${Shown} one=${one} />`}
  </div>`;
}

/** @param {{one: Case}} props */
function Shown({ one }) {
  const { words } = useBench();
  const said = words.case;
  const trace = one.trace ?? {};
  return html`<header class="head"><div class="head-words">
      <p class="faint">${one.suite} · ${one.id} · ${one.tag} · ${one.as_of}</p>
      <h1 class="case-title">${one.question}</h1>
      ${one.history.length > 0 && html`<p class="lead">${said.before}${one.history.join(" / ")}</p>`}
    </div></header>
    ${one.failings.length > 0
      ? html`<div class="note is-trouble"><${Icon} name="warn" /><p>${said.failed}${one.failings.map((name) => metricName(name, words)).join("、")}</p></div>`
      : html`<p class="note is-good"><${Icon} name="check" />${said.right}</p>`}
    <ol class="trace">
      ${trace.rewritten && trace.rewritten !== one.question && html`<${Step} title=${said.rewritten}><p>${trace.rewritten}</p><//>`}
      <${Step} title=${said.passages} note=${trace.sufficient === undefined || trace.sufficient === null ? "" : said.sufficient(trace.sufficient, percent(trace.confidence))}>
        <${Passages} trace=${trace} />
      <//>
      ${trace.prompt && html`<${Step} title=${said.prompt}>
        ${trace.prompt.map(({ role, content }) => html`<details class="fold"><summary>${said.roles[role] ?? role}</summary><pre class="log">${content}</pre></details>`)}
      <//>`}
      ${trace.raw && html`<${Step} title=${said.raw} note=${trace.model ?? ""}><pre class="log">${trace.raw}</pre><//>`}
      <${Step} title=${said.verdicts}><${Verdicts} trace=${trace} rules=${one.rule_ids} /><//>
      <${Step} title=${said.released} note=${`${words.turns[one.status] ?? one.status}${one.reason ? ` · ${one.reason}` : ""} · ${words.generators[one.generator] ?? one.generator}`}>
        <p class="released">${one.text}</p>
        ${one.cited.length > 0 && html`<p class="faint">${said.cited}${one.cited.join("；")}</p>`}
        ${one.answer_facts.length > 0 && html`<p class="faint">${said.facts}${one.answer_facts.join("；")}</p>`}
        ${one.reference && html`<p class="faint">${said.reference}${one.reference}</p>`}
        ${one.unsupported_numbers.length > 0 && html`<p class="care">${said.unsupported}${one.unsupported_numbers.join("、")}</p>`}
      <//>
      <${Step} title=${said.timings} note=${said.seconds(one.seconds)}><${Timings} timings=${trace.timings ?? {}} /><//>
    </ol>
    <section class="card"><h2>${said.values}</h2>
      <ul class="values">${Object.entries(one.values).map(([name, value]) => html`<li key=${name} class=${value < 1 ? "is-under" : ""}><span>${metricName(name, words)}</span><b>${percent(value)}</b></li>`)}</ul>
    </section>`;
}

/** @param {{title: string, note?: string, children?: import("../html.js").Child}} props */
function Step({ title, note, children }) {
  return html`<li class="trace-step"><h2>${title}${note && html`<span class="faint">${note}</span>`}</h2><div class="trace-body">${children}</div></li>`;
}

/** @param {{trace: Trace}} props */
function Passages({ trace }) {
  const { words } = useBench();
  const said = words.case;
  if (!trace.passages?.length) return html`<p class="faint">${said.noPassages}</p>`;
  return html`<ol class="traced">
    ${trace.passages.map((row) => html`<li key=${row.passage_id}>
      <details class="fold">
        <summary><span>${row.title ?? row.passage_id}${row.section ? ` › ${row.section}` : ""}</span><span class="faint">${said.ranks(row.score.toFixed(2), row.dense_rank, row.lexical_rank)}</span></summary>
        <p class="passage-words">${row.text ?? said.gone}</p>
      </details>
    </li>`)}
  </ol>`;
}

/** @param {{trace: Trace, rules: string[]}} props */
function Verdicts({ trace, rules }) {
  const { words } = useBench();
  const told = trace.verdicts ?? [];
  if (!told.length && !rules.length) return html`<p class="faint">${words.case.noVerdicts}</p>`;
  return html`<ul class="plain">
    ${told.map((row) => html`<li><b>${words.case.sides[row.side] ?? row.side}</b> ${words.case.actions[row.action] ?? row.action}${row.reason ? ` · ${row.reason}` : ""}${row.rule_ids?.length ? html` <span class="faint">${row.rule_ids.join("、")}</span>` : ""}</li>`)}
    ${!told.length && rules.map((name) => html`<li class="faint">${name}</li>`)}
  </ul>`;
}

/** @param {{timings: Record<string, number>}} props milliseconds */
function Timings({ timings }) {
  const rows = Object.entries(timings).sort(([, one], [, other]) => other - one).slice(0, 10);
  const most = Math.max(1, ...rows.map(([, ms]) => ms));
  return html`<ul class="bars timing-bars">
    ${rows.map(([name, ms]) => html`<li key=${name}>
      <span class="bars-name">${name}</span>
      <svg class="timing" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true"><rect class="interval-track" width="100" height="10" /><rect class="chart-line-fill" width=${(100 * ms) / most} height="10" /></svg>
      <b>${ms.toFixed(ms < 10 ? 1 : 0)} ms</b>
    </li>`)}
  </ul>`;
}
