// @ts-check
/** What every view of the evaluation console works with. */
import { createContext, useContext } from "../html.js";

/**
 * @typedef {object} Bench
 * @property {import("../api/staff.js").StaffClient} client
 * @property {import("../api/staff.js").Staff} staff
 * @property {import("../words/evaluation/index.js").EvaluationWords} words
 * @property {string} language
 * @property {(text: string) => void} say politely, to screen readers; also shown for a moment
 */

export const BenchContext = createContext(/** @type {Bench | null} */ (null));

/** @returns {Bench} */
export function useBench() {
  const found = useContext(BenchContext);
  if (!found) throw new Error("outside the evaluation console");
  return found;
}
