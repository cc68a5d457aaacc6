// @ts-check
/** Runs before the first paint, so that a chosen theme, size and language never flash. Classic script on purpose. */
(() => {
  const root = document.documentElement;
  try {
    const chosen = JSON.parse(localStorage.getItem("wenda.preferences") || "{}");
    if (chosen.theme === "light" || chosen.theme === "dark") root.dataset.theme = chosen.theme;
    if (chosen.size === "large") root.dataset.size = "large";
    if (typeof chosen.language === "string") root.lang = chosen.language;
  } catch {
    // A browser that keeps nothing gets the defaults.
  }
})();
