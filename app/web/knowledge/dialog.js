// @ts-check
/** A question that must be answered before something is done. Escape and the backdrop mean no. */
import { Icon } from "../chat/icons.js";
import { html, useId, useLayoutEffect, useRef, useState } from "../html.js";
import { useStaffWords } from "../words/staff.js";
import { useConsole } from "./context.js";
import { Field } from "./fields.js";
import { explain } from "./loading.js";

/**
 * @typedef {object} DialogProps
 * @property {string} title
 * @property {() => void} close
 * @property {boolean} [wide]
 * @property {import("../html.js").Child} [children]
 */

/** @param {DialogProps} props */
export function Dialog({ title, close, wide = false, children }) {
  const words = useStaffWords();
  const dialog = useRef(/** @type {HTMLDialogElement | null} */ (null));
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
    onClick=${(/** @type {MouseEvent} */ event) => event.target === dialog.current && close()}
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
  const { words } = useConsole();
  const [comment, setComment] = useState("");
  const [said, setSaid] = useState("");
  const [busy, setBusy] = useState(false);
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
      close();
    } catch (problem) {
      setSaid(explain(problem, words));
      setBusy(false);
    }
  };
  return html`<${Dialog} title=${title} close=${close} wide=${Boolean(children)}>
    <form class="stack" onSubmit=${onSubmit}>
      <p>${lead}</p>
      ${children}
      <${Field} label=${commentLabel} value=${comment} change=${setComment} rows=${3} />
      <p class="said" role="alert">${said}</p>
      <div class="ask-end">
        <button type="button" class="quiet" onClick=${close}>${words.cancel}</button>
        <button type="submit" class=${grave ? "solid is-grave" : "solid"} disabled=${busy}>${action}</button>
      </div>
    </form>
  <//>`;
}
