// @ts-check
/** Browser storage that may be forbidden: then values last as long as the page. */

/**
 * @param {"localStorage" | "sessionStorage"} kind
 * @returns {Storage}
 */
export function openStorage(kind) {
  try {
    const storage = window[kind];
    storage.setItem("wenda.probe", "1");
    storage.removeItem("wenda.probe");
    return storage;
  } catch {
    return memoryStorage();
  }
}

/** @returns {Storage} */
function memoryStorage() {
  /** @type {Map<string, string>} */
  const kept = new Map();
  return {
    get length() {
      return kept.size;
    },
    clear: () => kept.clear(),
    getItem: (key) => kept.get(key) ?? null,
    key: (index) => [...kept.keys()][index] ?? null,
    removeItem: (key) => void kept.delete(key),
    setItem: (key, value) => void kept.set(key, String(value)),
  };
}
