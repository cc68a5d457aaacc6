// @ts-check

const NUMBER = /(?<![\d-])(?:110|119|120|12356|12378|9[56]\d{3}|400-\d{3}-\d{4})(?![\d-])/g;

/**
 * The service numbers named in safety words, each once, in order.
 *
 * @param {string} text words of a rule, never of a model
 * @returns {string[]}
 */
export function serviceNumbers(text) {
  return [...new Set(text.match(NUMBER) ?? [])];
}
