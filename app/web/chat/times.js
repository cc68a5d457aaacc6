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

/**
 * A time that the bank has named, by the bank's clock wherever the reader is, with its day.
 *
 * @param {string} at RFC 3339
 * @param {string} language
 */
export function bankTime(at, language) {
  return new Intl.DateTimeFormat(language, {
    month: "short",
    day: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    hour12: false,
    timeZone: "Asia/Shanghai",
  }).format(Date.parse(at));
}
