// @ts-check
/** Opens what was masked in one message, for a reason that is kept; closed, it is masked again. */
import { Problem } from "../api/client.js";
import { html, useRef, useState } from "../html.js";
import { Dialog } from "../knowledge/dialog.js";
import { Field } from "../knowledge/fields.js";
import { explain } from "../knowledge/loading.js";
import { useDesk } from "./context.js";

/** @param {{ticket: import("../api/desk.js").Ticket, sequence: number, close: () => void}} props */
export function RevealDialog({ ticket, sequence, close }) {
  const { client, words } = useDesk();
  const said = words.dialogs;
  const [reason, setReason] = useState("");
  const [text, setText] = useState("");
  const [problem, setProblem] = useState("");
  // Each asking is recorded: one click more is not one look more.
  const busy = useRef(false);
  /** @param {Event} event */
  const onSubmit = async (event) => {
    event.preventDefault();
    if (busy.current) return;
    busy.current = true;
    try {
      const body = { message_sequence: sequence, reason: reason.trim() };
      const opened = await client.json(`/v1/tickets/${encodeURIComponent(ticket.id)}/reveal`, { method: "POST", body });
      setText(opened.text);
    } catch (failure) {
      setProblem(failure instanceof Problem && failure.status === 404 ? said.nothingMasked : explain(failure, words));
    }
    busy.current = false;
  };
  return html`<${Dialog} title=${said.revealTitle} close=${close}>
    ${text
      ? html`<div class="stack">
          <p class="faint">${said.revealed}</p>
          <p class="revealed" role="status">${text}</p>
          <div class="ask-end"><button type="button" class="solid" onClick=${close}>${words.close}</button></div>
        </div>`
      : html`<form class="stack" onSubmit=${onSubmit}>
          <p>${said.revealLead}</p>
          <${Field} label=${said.revealReason} value=${reason} change=${setReason} required />
          <p class="said" role="alert">${problem}</p>
          <div class="ask-end">
            <button type="button" class="quiet" onClick=${close}>${words.cancel}</button>
            <button type="submit" class="solid" disabled=${!reason.trim()}>${said.revealDo}</button>
          </div>
        </form>`}
  <//>`;
}
