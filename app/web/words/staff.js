// @ts-check
/** What the pieces that all staff pages share say: the door, questions, waiting, trouble. */
import { createContext, useContext } from "../html.js";

/**
 * @typedef {object} StaffWords
 * @property {string} tagline
 * @property {string} close
 * @property {string} cancel
 * @property {string} retry
 * @property {string} loading
 * @property {{title: string, lead: string, user: string, password: string, submit: string, busy: string,
 *   demoTitle: string, demoUsers: Record<string, string>, demoPassword: string}} signIn
 * @property {{unreachable: string, unknown: string, missing: string, codes: Record<string, string>}} problems
 */

export const StaffWordsContext = createContext(/** @type {StaffWords | null} */ (null));

/** @returns {StaffWords} */
export function useStaffWords() {
  const found = useContext(StaffWordsContext);
  if (!found) throw new Error("outside a staff page");
  return found;
}
