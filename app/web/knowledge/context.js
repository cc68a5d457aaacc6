// @ts-check
/** What every view of the console works with: who is signed in, the service, the words, a voice for screen readers. */
import { createContext, useContext } from "../html.js";

/**
 * @typedef {object} Console
 * @property {import("../api/staff.js").StaffClient} client
 * @property {import("../api/staff.js").Staff} staff
 * @property {import("./uploads.js").Uploads} uploads
 * @property {import("../words/knowledge/index.js").KnowledgeWords} words
 * @property {string} language
 * @property {(text: string) => void} say politely, to screen readers; also shown for a moment
 */

export const ConsoleContext = createContext(/** @type {Console | null} */ (null));

/** @returns {Console} */
export function useConsole() {
  const found = useContext(ConsoleContext);
  if (!found) throw new Error("outside the console");
  return found;
}

/**
 * Whether this person has one of the roles; an admin has all.
 *
 * @param {import("../api/staff.js").Staff} staff
 * @param {...string} wanted
 */
export function may(staff, ...wanted) {
  const { roles } = staff;
  return roles.includes("admin") || wanted.some((role) => roles.includes(role));
}
