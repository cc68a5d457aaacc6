// @ts-check
/** What every part of the desk works with: who is signed in, the live desk, the words, a voice for screen readers. */
import { createContext, useContext } from "../html.js";

/**
 * @typedef {object} DeskParts
 * @property {import("../api/staff.js").StaffClient} client
 * @property {import("../api/staff.js").Staff} staff
 * @property {import("./desk.js").Desk} desk
 * @property {import("../words/desk/index.js").DeskWords} words
 * @property {import("../words/index.js").Language} language
 * @property {(text: string) => void} say politely, to screen readers; also shown for a moment
 */

export const DeskContext = createContext(/** @type {DeskParts | null} */ (null));

/** @returns {DeskParts} */
export function useDesk() {
  const found = useContext(DeskContext);
  if (!found) throw new Error("outside the desk");
  return found;
}
