// @ts-check
/**
 * Where in the console one is, kept in the address's fragment so that a link can be passed on and Back works.
 *
 * @typedef {object} Route
 * @property {"runs" | "trends" | "compare" | "run" | "case"} page
 * @property {string} [run]
 * @property {string} [suite] of a case
 * @property {string} [id] of a case
 * @property {Record<string, string>} [query]
 */
import { fragmentOf, useFragment } from "../fragment.js";

/** @param {string} hash @returns {Route} */
export function readRoute(hash) {
  const [path = "", search = ""] = hash.replace(/^#?\/?/, "").split("?");
  const query = Object.fromEntries(new URLSearchParams(search));
  const [first = "", run, suite, id] = path.split("/").map(decodeURIComponent);
  if (first === "runs" && run) return suite && id ? { page: "case", run, suite, id, query } : { page: "run", run, query };
  return { page: first === "compare" || first === "trends" ? first : "runs", query };
}

/** @param {Route} route */
export function hrefTo({ page, run, suite, id, query }) {
  const parts = page === "run" ? ["runs", run] : page === "case" ? ["runs", run, suite, id] : [page];
  return fragmentOf(parts, query);
}

/** @param {Route} route */
export function go(route) {
  location.hash = hrefTo(route);
}

/** @returns {Route} */
export function useRoute() {
  return readRoute(useFragment());
}
