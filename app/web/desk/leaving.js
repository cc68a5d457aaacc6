// @ts-check
/** What an agent has not sent yet, when it is about to go: it outlives an expired pass, but never meets another person. */
import { html, useEffect, useRef } from "../html.js";
import { Dialog } from "../knowledge/dialog.js";
import { useDesk } from "./context.js";

/** @typedef {Map<string, import("./outbox.js").Outbox>} Outboxes by ticket */

/**
 * @param {string} name who is signed in; "": nobody
 * @returns {{outboxes: Outboxes, pending: () => boolean, forget: () => void}} forget: at a deliberate sign-out
 */
export function useOutboxes(name) {
  const kept = useRef({ name: "", outboxes: /** @type {Outboxes} */ (new Map()) });
  if (name && kept.current.name !== name) kept.current = { name, outboxes: new Map() };
  const pending = () => [...kept.current.outboxes.values()].some((outbox) => outbox.pending);
  useEffect(() => {
    const ask = (/** @type {BeforeUnloadEvent} */ event) => {
      if (!pending()) return;
      event.preventDefault();
      // Older browsers ask only for this.
      event.returnValue = true;
    };
    window.addEventListener("beforeunload", ask);
    return () => window.removeEventListener("beforeunload", ask);
  }, []);
  const forget = () => {
    kept.current = { name: "", outboxes: new Map() };
  };
  return { outboxes: kept.current.outboxes, pending, forget };
}

/** @param {{leave: () => void, close: () => void}} props */
export function LeaveDialog({ leave, close }) {
  const { words } = useDesk();
  const said = words.dialogs;
  return html`<${Dialog} title=${said.leaveTitle} close=${close}>
    <div class="stack">
      <p>${said.leaveLead}</p>
      <div class="ask-end">
        <button type="button" class="quiet" onClick=${close}>${words.cancel}</button>
        <button type="button" class="solid is-grave" onClick=${leave}>${said.leaveDo}</button>
      </div>
    </div>
  <//>`;
}
