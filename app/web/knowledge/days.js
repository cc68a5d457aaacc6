// @ts-check
/** Business days (ISO dates in Asia/Shanghai) and times, as people read them. */

const DAY_MS = 86_400_000;

/** Today's business day by this browser's clock; the service's own word wins where it gives one. */
export function today() {
  return new Intl.DateTimeFormat("en-CA", { timeZone: "Asia/Shanghai" }).format(new Date());
}

/**
 * @param {string} day
 * @param {number} count
 */
export function addDays(day, count) {
  return new Date(Date.parse(day) + count * DAY_MS).toISOString().slice(0, 10);
}

/**
 * @param {string} from
 * @param {string} to
 * @returns {number} days from one to the other
 */
export function daysBetween(from, to) {
  return Math.round((Date.parse(to) - Date.parse(from)) / DAY_MS);
}

/**
 * A day with its weekday, for decisions: people think in "from Monday".
 *
 * @param {string} day
 * @param {string} language
 */
export function longDay(day, language) {
  const parts = { year: "numeric", month: "long", day: "numeric", weekday: "short", timeZone: "UTC" };
  return new Intl.DateTimeFormat(language, /** @type {Intl.DateTimeFormatOptions} */ (parts)).format(Date.parse(day));
}

/**
 * @param {string | null | undefined} at
 * @param {string} language
 */
export function shownTime(at, language) {
  if (!at) return "";
  return new Intl.DateTimeFormat(language, {
    dateStyle: "medium",
    timeStyle: "short",
    timeZone: "Asia/Shanghai",
    hour12: false,
  }).format(Date.parse(at));
}

/**
 * @param {string | null} from
 * @param {string | null} to
 * @param {import("../words/knowledge/index.js").KnowledgeWords} words
 */
export function shownSpan(from, to, words) {
  if (from && to) return words.span(from, to);
  if (from) return words.from(from);
  return to ? words.until(to) : words.forever;
}
