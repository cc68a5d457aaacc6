// @ts-check

/**
 * The clock time of a message, with its day when that is not today.
 *
 * @param {number} at ms since 1970
 * @param {string} language
 * @param {number} [now]
 */
export function clockTime(at, language, now = Date.now()) {
  const time = new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit", hour12: false }).format(at);
  if (new Date(at).toDateString() === new Date(now).toDateString()) return time;
  return `${new Intl.DateTimeFormat(language, { month: "short", day: "numeric" }).format(at)} ${time}`;
}
