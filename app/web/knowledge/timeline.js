// @ts-check
/** When each version answers, drawn over days, with today marked. The words beside it say the same. */
import { html } from "../html.js";
import { useConsole } from "./context.js";
import { addDays, daysBetween, shownSpan } from "./days.js";

/** @typedef {import("../api/knowledge.js").Period} Period */

const BEFORE_DAYS = 300;
const AFTER_DAYS = 165;

/**
 * @param {Period} period
 * @param {string} day
 * @returns {"now" | "future" | "past" | "draft"}
 */
export function phaseOf({ status, from, to }, day) {
  if (status === "draft" || status === "in_review") return "draft";
  if (from && from > day) return "future";
  return to && to < day ? "past" : status === "withdrawn" ? "past" : "now";
}

/**
 * The days of every version that answers, has answered or would.
 *
 * @param {import("../api/knowledge.js").Version[]} versions
 * @returns {Period[]}
 */
export function periodsOf(versions) {
  return versions
    .filter(({ status, in_force_from, in_force_to }) => status !== "withdrawn" && !(status === "superseded" && !in_force_from && !in_force_to))
    .map(({ version, status, valid_from, valid_to, in_force_from, in_force_to }) => {
      const waiting = status === "draft" || status === "in_review";
      return { version, status, from: waiting ? valid_from : in_force_from, to: waiting ? valid_to : in_force_to };
    })
    .filter(({ from, to }) => !from || !to || from <= to);
}

/** @param {{periods: Period[], day: string, tall?: boolean}} props */
export function Timeline({ periods, day, tall = false }) {
  const { words } = useConsole();
  const first = addDays(day, -BEFORE_DAYS);
  const whole = BEFORE_DAYS + AFTER_DAYS;
  /** @param {string} at */
  const place = (at) => Math.min(100, Math.max(0, (daysBetween(first, at) / whole) * 100));
  const said = periods
    .map(({ version, from, to, status }) => `${words.version(version)} ${shownSpan(from, to, words)}（${words.statuses[status]}）`)
    .join("；");
  const height = tall ? 16 : 10;
  return html`<svg class="timeline" role="img" aria-label=${`${words.documents.timeline}：${said || words.documents.notInForce}`} height=${height + 8}>
    <rect class="track" x="0" y=${4 + height / 2 - 1} width="100%" height="2" rx="1" />
    ${[...periods].sort((a, b) => a.version - b.version).map((period) => {
      const from = period.from ? place(period.from) : 0;
      // Both ends are inclusive: a last day is drawn to its end.
      const to = period.to ? place(addDays(period.to, 1)) : 100;
      if (to <= 0 || from >= 100 || to <= from) return null;
      return html`<rect
        key=${period.version}
        class=${`days is-${phaseOf(period, day)}`}
        x=${`${from}%`}
        y="4"
        width=${`${Math.max(to - from, 1)}%`}
        height=${height}
        rx="3"
      />`;
    })}
    <line class="today" x1=${`${place(day)}%`} x2=${`${place(day)}%`} y1="0" y2=${height + 8} />
  </svg>`;
}

/**
 * What the status pill says: the calendar makes an approved version "scheduled" until its day comes.
 *
 * @param {{status: string, in_force_from?: string | null, from?: string | null}} version
 * @param {string} day
 */
export function pillOf({ status, in_force_from, from }, day) {
  const begins = in_force_from ?? from;
  return status === "approved" && begins && begins > day ? "scheduled" : status;
}

/** @param {{status: string}} props */
export function Pill({ status }) {
  const { words } = useConsole();
  return html`<span class=${`pill is-${status}`}>${words.statuses[status] ?? status}</span>`;
}
