// @ts-check
/**
 * Where in the console one is, kept in the address's fragment so that a link can be passed on and Back works.
 *
 * @typedef {object} Route
 * @property {"documents" | "upload" | "document" | "search" | "gaps" | "freezes" | "synonyms" | "rails"} page
 * @property {string} [id] of a document
 * @property {number} [version]
 * @property {string} [tab]
 * @property {Record<string, string>} [query]
 */
import { fragmentOf, useFragment } from "../fragment.js";

const PAGES = /** @type {const} */ (["upload", "search", "gaps", "freezes", "synonyms", "rails"]);

/**
 * @param {string} hash
 * @returns {Route}
 */
export function readRoute(hash) {
  const [path = "", search = ""] = hash.replace(/^#?\/?/, "").split("?");
  const query = Object.fromEntries(new URLSearchParams(search));
  const [first = "", id, version, tab] = path.split("/").map(decodeURIComponent);
  if (first === "documents" && id) {
    return { page: "document", id, version: Number(version) || undefined, tab, query };
  }
  const page = PAGES.find((name) => name === first);
  return { page: page ?? "documents", query };
}

/**
 * @param {Route} route
 * @returns {string}
 */
export function hrefTo({ page, id, version, tab, query }) {
  const parts = page === "document" ? ["documents", id ?? "", version, version && tab] : [page];
  return fragmentOf(parts.filter(Boolean), query);
}

/** @param {Route} route */
export function go(route) {
  location.hash = hrefTo(route);
}

/** @returns {Route} */
export function useRoute() {
  return readRoute(useFragment());
}
