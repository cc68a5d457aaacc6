// @ts-check
/** What may be done with a version, by whom: the same rules as the service's, so that nobody is offered a refusal. */
import { may } from "./context.js";

/**
 * @typedef {import("../api/knowledge.js").Version} Version
 * @typedef {"submit" | "approve" | "reject" | "withdraw" | "rollback"} Action
 *
 * @typedef {object} Next
 * @property {string} hint key of words.document.hints
 * @property {string} [detail] what the hint names
 * @property {Action[]} actions the most likely first
 * @property {boolean} [replaces] a new version may be uploaded
 */

/**
 * @param {Version} version
 * @param {import("../api/staff.js").Staff} staff
 * @param {string} day
 * @returns {Next}
 */
export function nextFor(version, staff, day) {
  const { status, ready, editors, in_force_from, approved_at } = version;
  const editor = may(staff, "editor");
  const approver = may(staff, "approver");
  const own = editors.includes(staff.name);
  if (status === "draft") {
    if (!ready) return { hint: hasFailed(version) ? "failed" : "processing", actions: [], replaces: editor && hasFailed(version) };
    return editor ? { hint: "submit", actions: ["submit"] } : { hint: "waitEditor", actions: [] };
  }
  if (status === "in_review") {
    if (!approver) return { hint: "waitApprover", actions: [] };
    return own ? { hint: "own", actions: ["reject"] } : { hint: "review", actions: ["approve", "reject"] };
  }
  if (status === "approved") {
    const actions = /** @type {Action[]} */ (approver ? ["withdraw"] : []);
    const later = in_force_from && in_force_from > day;
    return { hint: later ? "scheduled" : "inForce", detail: in_force_from ?? "", actions, replaces: editor };
  }
  const restorable = approver && !own && Boolean(approved_at) && (!version.valid_to || version.valid_to >= day);
  return { hint: status, actions: restorable ? ["rollback"] : [], replaces: editor };
}

/**
 * Whether the file could not be read: nothing more happens to such a version by itself.
 *
 * @param {Version} version
 */
export function hasFailed({ ready, history }) {
  return !ready && history?.at(-1)?.action === "failed";
}

/**
 * The way of every version, and how far this one is.
 *
 * @param {Version} version
 * @param {string} day
 * @returns {{names: ("draft" | "in_review" | "approved" | "in_force")[], at: number}} at: index of the current one
 */
export function wayOf({ status, in_force_from }, day) {
  const names = /** @type {const} */ (["draft", "in_review", "approved", "in_force"]);
  const later = Boolean(in_force_from && in_force_from > day);
  const at = status === "draft" ? 0 : status === "in_review" ? 1 : status === "approved" && later ? 2 : 3;
  return { names: [...names], at };
}
