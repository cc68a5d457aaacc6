// @ts-check
/**
 * A question that must be answered before something is done. Escape and the backdrop mean no, except while it is being
 * done: what was written would be gone before it is known whether it was taken.
 */
import { Icon } from "../chat/icons.js";
import { html, useId, useLayoutEffect, useRef, useState } from "../html.js";
import { useStaffWords } from "../words/staff.js";
import { useConsole } from "./context.js";
import { Field } from "./fields.js";
import { explain, useAlive } from "./loading.js";

/**
 * @typedef {object} DialogProps
 * @property {string} title
 * @property {() => void} close
 * @property {boolean} [wide]
 * @property {boolean} [busy] it is being done: only its buttons close it
 * @property {import("../html.js").Child} [children]
 */

/** @param {DialogProps} props */
export function Dialog({ title, close, wide = false, busy = false, children }) {
  const words = useStaffWords();
  const dialog = useRef(/** @type {HTMLDialogElement | null} */ (null));
  /** A click also comes of dragging a selection out of a field; only one that began outside the box means no. */
  const outside = useRef(false);
  const heading = useId();
  useLayoutEffect(() => {
    const opener = document.activeElement;
    dialog.current?.showModal();
    return () => {
      if (opener instanceof HTMLElement && opener.isConnected) opener.focus();
    };
  }, []);
  return html`<dialog
    ref=${dialog}
    class=${wide ? "sheet ask is-wide" : "sheet ask"}
    aria-labelledby=${heading}
    onClose=${close}
    onCancel=${(/** @type {Event} */ event) => busy && event.target === dialog.current && event.preventDefault()}
    onPointerDown=${(/** @type {PointerEvent} */ event) => {
      outside.current = event.target === dialog.current;
    }}
    onClick=${(/** @type {MouseEvent} */ event) => event.target === dialog.current && outside.current && !busy && close()}
  >
    <div class="sheet-box">
      <header class="sheet-head">
        <h2 id=${heading}>${title}</h2>
        <button type="button" class="quiet icon-only" aria-label=${words.close} onClick=${close}><${Icon} name="close" /></button>
      </header>
      <div class="ask-body">${children}</div>
    </div>
  </dialog>`;
}

/**
 * @typedef {object} DecisionProps
 * @property {string} title
 * @property {string} lead
 * @property {string} commentLabel
 * @property {string} action what the button says
 * @property {boolean} [required] a comment must be given
 * @property {boolean} [grave] the decision takes something away
 * @property {(comment: string) => Promise<void>} decide
 * @property {() => void} close
 * @property {import("../html.js").Child} [children]
 */

/** @param {DecisionProps} props */
export function Decision({ title, lead, commentLabel, action, required = false, grave = false, decide, close, children }) {
  const { words, say } = useConsole();
  const [comment, setComment] = useState("");
  const [said, setSaid] = useState("");
  const [busy, setBusy] = useState(false);
  const alive = useAlive();
  /** @param {Event} event */
  const onSubmit = async (event) => {
    event.preventDefault();
    if (required && !comment.trim()) {
      setSaid(words.document.dialogs.required);
      return;
    }
    setBusy(true);
    try {
      await decide(comment.trim());
      if (alive.current) close();
    } catch (problem) {
      if (!alive.current) say(explain(problem, words));
      setSaid(explain(problem, words));
      setBusy(false);
    }
  };
  return html`<${Dialog} title=${title} close=${close} wide=${Boolean(children)} busy=${busy}>
    <form class="stack" onSubmit=${onSubmit}>
      <p>${lead}</p>
      ${children}
      <${Field} label=${commentLabel} value=${comment} change=${setComment} rows=${3} locked=${busy} />
      <p class="said" role="alert">${said}</p>
      <div class="ask-end">
        <button type="button" class="quiet" onClick=${close}>${words.cancel}</button>
        <button type="submit" class=${grave ? "solid is-grave" : "solid"} disabled=${busy}>${action}</button>
      </div>
    </form>
  <//>`;
}
