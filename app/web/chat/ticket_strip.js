// @ts-check
/** Where the request for a person stands, just above the message box; after it, one question about the service. */
import { html, useState } from "../html.js";
import { useWords } from "../words/index.js";
import { Icon } from "./icons.js";

/**
 * @typedef {object} TicketStripProps
 * @property {import("./transcript.js").View["ticket"]} ticket
 * @property {() => void} leave
 * @property {(score: number) => Promise<boolean>} rate
 */

/** @param {TicketStripProps} props */
export function TicketStrip({ ticket, leave, rate }) {
  const words = useWords();
  if (!ticket) return null;
  if (ticket.status === "queued") {
    return html`<div class="ticket">
      <${Icon} name="person" />
      <p><strong>${words.ticket.queued(ticket.position)}</strong> <span>${words.ticket.queuedHint}</span></p>
      <button type="button" class="quiet" onClick=${leave}>${words.actions.leave}</button>
    </div>`;
  }
  if (ticket.status === "assigned") {
    return html`<div class="ticket is-assigned"><${Icon} name="person" /><p><strong>${words.ticket.assigned(ticket.agent)}</strong></p></div>`;
  }
  return ticket.status === "resolved" ? html`<${Rating} key=${ticket.ticket_id} rate=${rate} />` : null;
}

/** @param {{rate: (score: number) => Promise<boolean>}} props */
function Rating({ rate }) {
  const words = useWords();
  const [state, setState] = useState(/** @type {"asking" | "thanked" | "closed"} */ ("asking"));
  if (state === "closed") return null;
  if (state === "thanked") return html`<div class="ticket"><p role="status">${words.rating.thanks}</p></div>`;
  return html`<div class="ticket is-rating" role="group" aria-label=${words.rating.ask}>
    <div class="rating-head">
      <p>${words.rating.ask}</p>
      <button type="button" class="quiet icon-only" aria-label=${words.sheet.close} onClick=${() => setState("closed")}>
        <${Icon} name="close" />
      </button>
    </div>
    <div class="scores">
      ${words.rating.scores.map(
        (name, at) => html`<button
          type="button"
          class="chip"
          key=${at}
          onClick=${async () => (await rate(at + 1)) && setState("thanked")}
        >
          ${name}
        </button>`,
      )}
    </div>
  </div>`;
}
