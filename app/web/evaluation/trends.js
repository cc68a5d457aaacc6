// @ts-check
/** How figures moved from run to run of one suite: a line each, with the same numbers as a table. */
import { html, useLayoutEffect, useRef, useState } from "../html.js";
import { Select } from "../knowledge/fields.js";
import { Empty, Trouble, useLoaded, Waiting } from "../knowledge/loading.js";
import { useBench } from "./context.js";
import { metricName, percent, suiteName, when } from "./figures.js";
import { go, hrefTo } from "./routes.js";

/** @typedef {import("../api/evaluation.js").Run} Run */
/** @typedef {{run: Run, score: import("../api/evaluation.js").Score, gate: number | null}} Point */

const LEFT = 44;
const RIGHT = 14;
const TOP = 12;
const BOTTOM = 24;
const MOST = 40;

/** @param {{asked: Record<string, string>}} props */
export function TrendsPage({ asked }) {
  const { client, words } = useBench();
  const said = words.trends;
  const loaded = useLoaded((signal) => client.json("/v1/evaluation/runs", { signal }), []);
  const runs = (/** @type {Run[]} */ (loaded.data?.runs ?? [])).filter(({ status }) => status === "done");
  const suites = [...new Set(runs.flatMap((run) => run.suites))];
  const suite = suites.includes(asked.suite ?? "") ? (asked.suite ?? "") : (suites.find((name) => name === "sample") ?? suites[0] ?? "");
  const ordered = [...runs].reverse();
  const names = [...new Set(runs.flatMap((run) => run.metrics.filter((row) => row.suite === suite).map(({ metric }) => metric)))];
  const lines = names.map((metric) => ({
    metric,
    points: ordered.flatMap((run) =>
      run.metrics.filter((row) => row.suite === suite && row.metric === metric && row.all).map((row) => ({ run, score: /** @type {import("../api/evaluation.js").Score} */ (row.all), gate: row.gate })),
    ).slice(-MOST),
  }));
  return html`<div class="view">
    <header class="head">
      <div class="head-words"><h1>${said.title}</h1><p class="lead">${said.lead}</p></div>
      ${suites.length > 0 && html`<div class="head-actions"><${Select} label=${said.suite} value=${suite} bare
        change=${(/** @type {string} */ value) => go({ page: "trends", query: { suite: value } })}
        options=${suites.map((name) => [name, suiteName(name, words)])} /></div>`}
    </header>
    <${Trouble} problem=${loaded.problem} retry=${loaded.reload} />
    ${!loaded.data && loaded.busy && html`<${Waiting} />`}
    ${loaded.data && !lines.length && html`<${Empty} title=${said.noneTitle} lead=${said.noneLead} icon="chart" />`}
    <div class="trend-grid">${lines.map(({ metric, points }) => points.length > 0 && html`<${Trend} key=${metric} metric=${metric} points=${points} />`)}</div>
  </div>`;
}

/** @param {{metric: string, points: Point[]}} props */
function Trend({ metric, points }) {
  const { words, language } = useBench();
  const said = words.trends;
  const box = useRef(/** @type {SVGSVGElement | null} */ (null));
  const [width, setWidth] = useState(320);
  const height = 148;
  useLayoutEffect(() => {
    if (!box.current) return undefined;
    const sizes = new ResizeObserver(([entry]) => entry && setWidth(entry.contentRect.width));
    sizes.observe(box.current);
    return () => sizes.disconnect();
  }, []);
  const last = /** @type {Point} */ (points.at(-1));
  const lowest = Math.min(...points.map(({ score, gate }) => Math.min(score.low, gate ?? 1)));
  const floor = Math.max(0, Math.floor(lowest * 10 - 0.001) / 10);
  const x = (/** @type {number} */ at) => (points.length < 2 ? (LEFT + width - RIGHT) / 2 : LEFT + ((width - LEFT - RIGHT) * at) / (points.length - 1));
  const y = (/** @type {number} */ share) => TOP + (height - TOP - BOTTOM) * (1 - (share - floor) / Math.max(1 - floor, 0.1));
  const path = points.map(({ score }, at) => `${at ? "L" : "M"}${x(at).toFixed(1)} ${y(score.mean).toFixed(1)}`).join(" ");
  const upper = points.map(({ score }, at) => `${at ? "L" : "M"}${x(at).toFixed(1)} ${y(score.high).toFixed(1)}`).join(" ");
  const lower = points.map((_, at) => `L${x(points.length - 1 - at).toFixed(1)} ${y(/** @type {Point} */ (points[points.length - 1 - at]).score.low).toFixed(1)}`).join(" ");
  return html`<figure class=${last.gate !== null && last.score.mean < last.gate ? "chart-card trend is-under" : "chart-card trend"}>
    <figcaption><h2>${metricName(metric, words)}</h2><b>${percent(last.score.mean)}</b></figcaption>
    <svg ref=${box} class="trend-chart" viewBox=${`0 0 ${width} ${height}`} aria-hidden="true" focusable="false">
      ${[floor, (1 + floor) / 2, 1].map((share) => html`<g key=${share}>
        <line class="chart-grid" x1=${LEFT} x2=${width - RIGHT} y1=${y(share)} y2=${y(share)} />
        <text class="chart-label" x=${LEFT - 6} y=${y(share) + 4} text-anchor="end">${Math.round(share * 100)}%</text>
      </g>`)}
      ${points.length > 1 && html`<path class="trend-band" d=${`${upper} ${lower} Z`} />`}
      ${last.gate !== null && html`<line class="trend-gate" x1=${LEFT} x2=${width - RIGHT} y1=${y(last.gate)} y2=${y(last.gate)} />`}
      <path class="trend-line" d=${path} />
      ${points.map(({ run, score, gate }, at) => html`<a key=${run.id} href=${hrefTo({ page: "run", run: run.id })} tabindex="-1">
        <title>${`${when(run.started, language)} ${percent(score.mean)}`}</title>
        <circle class=${gate !== null && score.mean < gate ? "trend-dot is-under" : "trend-dot"} cx=${x(at)} cy=${y(score.mean)} r="3.5" />
      </a>`)}
      ${[...new Set([0, points.length - 1])].map((at) => html`<text key=${at} class="chart-label" x=${points.length < 2 ? x(0) : at ? width - RIGHT : LEFT} y=${height - 6} text-anchor=${points.length < 2 ? "middle" : at ? "end" : "start"}>${when(/** @type {Point} */ (points[at]).run.started, language)}</text>`)}
    </svg>
    <details class="fold is-inline"><summary>${said.table}</summary>
      <div class="rich-table"><table>
        <thead><tr><th scope="col">${said.run}</th><th scope="col">${said.value}</th><th scope="col">${said.interval}</th><th scope="col">n</th></tr></thead>
        <tbody>${[...points].reverse().map(({ run, score }) => html`<tr key=${run.id}><th scope="row"><a href=${hrefTo({ page: "run", run: run.id })}>${when(run.started, language)}</a></th><td>${percent(score.mean)}</td><td>${percent(score.low)}–${percent(score.high)}</td><td>${score.n}</td></tr>`)}</tbody>
      </table></div>
    </details>
  </figure>`;
}
