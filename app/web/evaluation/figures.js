// @ts-check
/** How figures of a run are shown: shares, intervals, days, names of what was measured. */
import { html } from "../html.js";
import { useBench } from "./context.js";

/** @param {number | undefined | null} share */
export function percent(share) {
  return share === undefined || share === null ? "–" : `${(share * 100).toFixed(share === 1 || share === 0 ? 0 : 1)}%`;
}

/** @param {string} started @param {string} language */
export function when(started, language) {
  const time = new Date(started);
  if (Number.isNaN(time.getTime())) return started;
  return new Intl.DateTimeFormat(language === "en" ? "en-GB" : "zh-CN", {
    month: "numeric", day: "numeric", hour: "2-digit", minute: "2-digit", hour12: false, timeZone: "Asia/Shanghai",
  }).format(time);
}

/** @param {string} name @param {import("../words/evaluation/index.js").EvaluationWords} words */
export function metricName(name, words) {
  return words.metrics[name] ?? name.replaceAll("_", " ");
}

/** @param {string} name @param {import("../words/evaluation/index.js").EvaluationWords} words */
export function suiteName(name, words) {
  return words.suites[name] ?? name;
}

/** @param {string[]} names @param {import("../words/evaluation/index.js").EvaluationWords} words */
export function suiteNames(names, words) {
  return names.map((name) => suiteName(name, words)).join("、");
}

/** A share with its interval and gate as a bar. @param {{score: import("../api/evaluation.js").Score, gate: number | null}} props */
export function Interval({ score, gate }) {
  const { words } = useBench();
  const under = gate !== null && score.mean < gate;
  const told = words.interval(percent(score.low), percent(score.high)) + (gate === null ? "" : `，${words.gate} ${percent(gate)}`);
  const at = (/** @type {number} */ share) => Math.min(100, Math.max(0, share * 100));
  return html`<svg class=${under ? "interval is-under" : "interval"} viewBox="0 0 100 12" preserveAspectRatio="none" role="img" aria-label=${told}>
    <title>${told}</title>
    <rect class="interval-track" x="0" y="4" width="100" height="4" />
    <rect class="interval-span" x=${at(score.low)} y="2" width=${Math.max(0.8, at(score.high) - at(score.low))} height="8" />
    <rect class="interval-mean" x=${Math.min(98.8, at(score.mean))} y="0" width="1.2" height="12" />
    ${gate !== null && html`<rect class="interval-gate" x=${Math.min(99.2, at(gate))} y="0" width="0.8" height="12" />`}
  </svg>`;
}

/** @param {{run: import("../api/evaluation.js").Run}} props */
export function Verdict({ run }) {
  const { words } = useBench();
  if (run.status !== "done") return html`<span class=${`pill is-${run.status}`}>${words.statuses[run.status]}</span>`;
  return html`<span class=${run.passed ? "pill is-passed" : "pill is-failed"}>${run.passed ? words.passed : words.notPassed}</span>`;
}
