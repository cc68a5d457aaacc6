// @ts-check
/** Where in a page one is: the address's fragment, so that a view's link can be passed on and Back works. */
import { useEffect, useState } from "./html.js";

/** The fragment as it is now and whenever it changes. @returns {string} */
export function useFragment() {
  const [hash, set] = useState(location.hash);
  useEffect(() => {
    const look = () => set(location.hash);
    window.addEventListener("hashchange", look);
    return () => window.removeEventListener("hashchange", look);
  }, []);
  return hash;
}

/**
 * @param {(string | number | undefined)[]} parts
 * @param {Record<string, string>} [query]
 * @returns {string}
 */
export function fragmentOf(parts, query) {
  const path = parts.map((part) => encodeURIComponent(String(part))).join("/");
  const search = new URLSearchParams(query).toString();
  return `#/${path}${search ? `?${search}` : ""}`;
}
