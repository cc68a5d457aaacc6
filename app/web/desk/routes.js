// @ts-check
/**
 * Where at the desk one is, kept in the address's fragment so that a ticket's link can be passed on and Back works.
 *
 * @typedef {{page: "tickets" | "figures", id: string}} Route
 */
import { useFragment } from "../fragment.js";

/** @param {string} hash @returns {Route} */
export function readRoute(hash) {
  const [first = "", id = ""] = hash.replace(/^#?\/?/, "").split("/").map(decodeURIComponent);
  return { page: first === "figures" ? "figures" : "tickets", id: first === "tickets" ? id : "" };
}

/** @param {string} [id] */
export function hrefToTicket(id = "") {
  return id ? `#/tickets/${encodeURIComponent(id)}` : "#/tickets";
}

/** @param {string} [id] */
export function goToTicket(id = "") {
  location.hash = hrefToTicket(id);
}

/** @returns {Route} */
export function useRoute() {
  return readRoute(useFragment());
}
