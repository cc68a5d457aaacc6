// @ts-check
/** Reading something from the service: while it comes, when it fails, when it is there. */
import { Problem } from "../api/client.js";
import { isMissing } from "../api/staff.js";
import { Icon } from "../chat/icons.js";
import { html, useCallback, useEffect, useLayoutEffect, useRef, useState } from "../html.js";
import { useStaffWords } from "../words/staff.js";

/**
 * @template T
 * @typedef {object} Loaded
 * @property {T | null} data the last that came, while newer data is on its way too
 * @property {Error | null} problem
 * @property {boolean} busy
 * @property {() => void} reload
 * @property {(data: T) => void} put
 */

/**
 * @template T
 * @param {(signal: AbortSignal, put: (data: T) => void) => Promise<T>} load `put`: what is there already, before the rest
 * @param {readonly unknown[]} inputs load again when they change
 * @returns {Loaded<T>}
 */
export function useLoaded(load, inputs) {
  const [round, setRound] = useState(0);
  const [state, set] = useState(/** @type {{data: T | null, problem: Error | null, busy: boolean}} */ ({ data: null, problem: null, busy: true }));
  useEffect(() => {
    const aborter = new AbortController();
    set((before) => ({ ...before, problem: null, busy: true }));
    const early = (/** @type {T} */ data) => aborter.signal.aborted || set({ data, problem: null, busy: true });
    load(aborter.signal, early).then(
      (data) => aborter.signal.aborted || set({ data, problem: null, busy: false }),
      (problem) => aborter.signal.aborted || set((before) => ({ ...before, problem, busy: false })),
    );
    return () => aborter.abort();
  }, [...inputs, round]);
  const reload = useCallback(() => setRound((count) => count + 1), []);
  const put = useCallback((/** @type {T} */ data) => set({ data, problem: null, busy: false }), []);
  return { ...state, reload, put };
}

/**
 * Whether the asking part of the page is still there when an answer comes: if not, something else may stand in its place,
 * which the answer must neither close nor lead away from.
 *
 * @returns {{readonly current: boolean}}
 */
export function useAlive() {
  const alive = useRef(true);
  useLayoutEffect(() => {
    alive.current = true;
    return () => {
      alive.current = false;
    };
  }, []);
  return alive;
}

/**
 * @param {unknown} problem
 * @param {Pick<import("../words/staff.js").StaffWords, "problems">} words
 */
export function explain(problem, words) {
  if (problem instanceof Problem) return words.problems.codes[problem.code] || problem.title || words.problems.unknown;
  return problem instanceof Error && problem.constructor.name === "Unreachable" ? words.problems.unreachable : words.problems.unknown;
}

/** @param {{problem: Error | null, retry?: () => void, missing?: string}} props missing: what to say of a 404 */
export function Trouble({ problem, retry, missing }) {
  const words = useStaffWords();
  if (!problem) return null;
  const gone = isMissing(problem);
  // Asking again gives nobody a role.
  const hopeless = gone || (problem instanceof Problem && problem.status === 403);
  const said = gone ? (missing ?? words.problems.missing) : explain(problem, words);
  return html`<div class=${gone ? "note" : "note is-trouble"} role=${gone ? undefined : "alert"}>
    <${Icon} name=${gone ? "document" : "hand"} />
    <p>${said}</p>
    ${!hopeless && retry && html`<button type="button" class="quiet" onClick=${retry}>${words.retry}</button>`}
  </div>`;
}

/** @param {{text?: string}} props */
export function Waiting({ text }) {
  const words = useStaffWords();
  return html`<p class="waiting" role="status"><span class="pulse" aria-hidden="true"></span>${text ?? words.loading}</p>`;
}

/** @param {{title: string, lead: string, icon?: string, children?: import("../html.js").Child}} props */
export function Empty({ title, lead, icon = "document", children }) {
  return html`<div class="empty">
    <span class="empty-icon"><${Icon} name=${icon} /></span>
    <h2>${title}</h2>
    <p>${lead}</p>
    ${children}
  </div>`;
}
