// @ts-check
/** The three languages of the page, and the one to begin with. */
import { createContext, useContext } from "../html.js";
import { en } from "./en.js";
import { zhHans } from "./zh-Hans.js";
import { zhHant } from "./zh-Hant.js";

/**
 * @typedef {import("./zh-Hans.js").Words} Words
 * @typedef {"zh-Hans" | "zh-Hant" | "en"} Language
 */

/** @type {Record<Language, Words>} */
export const LANGUAGES = { "zh-Hans": zhHans, "zh-Hant": zhHant, en };

/** What each language calls itself. */
export const NAMES = /** @type {const} */ ({ "zh-Hans": "简体", "zh-Hant": "繁體", en: "English" });

export const WordsContext = createContext(zhHans);

/** @returns {Words} */
export function useWords() {
  return useContext(WordsContext);
}

/**
 * @param {readonly string[]} wanted the browser's languages, best first
 * @returns {Language}
 */
export function firstLanguage(wanted) {
  for (const tag of wanted) {
    if (/^zh\b.*\b(hant|tw|hk|mo)\b/i.test(tag)) return "zh-Hant";
    if (/^zh\b/i.test(tag)) return "zh-Hans";
    if (/^en\b/i.test(tag)) return "en";
  }
  return "zh-Hans";
}
