// @ts-check
/**
 * How this person likes to read: size, theme, language. Kept in the browser, never sent.
 *
 * @typedef {{size: "normal" | "large", theme: "auto" | "light" | "dark", language: import("./words/index.js").Language}}
 *   Preferences
 */
import { useEffect, useState } from "./html.js";
import { openStorage } from "./storage.js";
import { firstLanguage, LANGUAGES } from "./words/index.js";

const KEY = "wenda.preferences";

/** @returns {Preferences} */
function read() {
  /** @type {Partial<Record<string, unknown>>} */
  let kept = {};
  try {
    kept = JSON.parse(openStorage("localStorage").getItem(KEY) ?? "{}") ?? {};
  } catch {
    // Whatever stands there is not ours.
  }
  return {
    size: kept.size === "large" ? "large" : "normal",
    theme: kept.theme === "light" || kept.theme === "dark" ? kept.theme : "auto",
    language:
      typeof kept.language === "string" && kept.language in LANGUAGES
        ? /** @type {Preferences["language"]} */ (kept.language)
        : firstLanguage(navigator.languages),
  };
}

/**
 * @param {(language: import("./words/index.js").Language) => string} [titleOf] the page's title; the chat's when unsaid
 * @returns {[Preferences, (change: Partial<Preferences>) => void]}
 */
export function usePreferences(titleOf = (language) => LANGUAGES[language].title) {
  const [preferences, set] = useState(read);
  useEffect(() => {
    const root = document.documentElement;
    root.lang = preferences.language;
    document.title = titleOf(preferences.language);
    if (preferences.theme === "auto") delete root.dataset.theme;
    else root.dataset.theme = preferences.theme;
    if (preferences.size === "large") root.dataset.size = "large";
    else delete root.dataset.size;
  }, [preferences]);
  const change = (/** @type {Partial<Preferences>} */ part) =>
    set((before) => {
      const after = { ...before, ...part };
      openStorage("localStorage").setItem(KEY, JSON.stringify(after));
      return after;
    });
  return [preferences, change];
}
