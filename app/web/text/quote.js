// @ts-check

/**
 * Where the quote stands in the passage; line breaks and spaces may differ.
 *
 * @param {string} text
 * @param {string} quote
 * @returns {{start: number, end: number} | null}
 */
export function findQuote(text, quote) {
  if (!quote.trim()) return null;
  const exact = text.indexOf(quote);
  if (exact >= 0) return { start: exact, end: exact + quote.length };
  /** @type {number[]} */
  const places = [];
  let tight = "";
  for (let i = 0; i < text.length; i += 1) {
    const char = text[i] ?? "";
    if (/\s/.test(char)) continue;
    places.push(i);
    tight += char;
  }
  const wanted = quote.replace(/\s+/g, "");
  const found = tight.indexOf(wanted);
  if (found < 0) return null;
  return { start: places[found] ?? 0, end: (places[found + wanted.length - 1] ?? 0) + 1 };
}
