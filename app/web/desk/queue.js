// @ts-check
/** Who waits and who is being helped, with their clocks: the left column. */
import { Icon } from "../chat/icons.js";
import { html, useEffect, useRef, useState } from "../html.js";
import { clockOf, useNow } from "./clocks.js";
import { useDesk } from "./context.js";
import { sorted, TYPING_MS } from "./desk.js";
import { bankTime } from "../chat/times.js";
import { hrefToTicket } from "./routes.js";

/** @typedef {import("../api/desk.js").Ticket} Ticket */

/** @param {{open: string, take: () => void}} props take: accept the next one */
export function Queue({ open, take }) {
  const { words, desk } = useDesk();
  const said = words.queue;
  const [skill, setSkill] = useState("");
  const { tickets, skills, connection } = desk.state;
  const { mine, queued, closed } = sorted(tickets.values(), desk.agent);
  const shown = skill ? queued.filter((ticket) => ticket.skill === skill) : queued;
  const present = skills.filter(({ id }) => id === skill || queued.some((ticket) => ticket.skill === id));
  return html`<aside class="queue" aria-label=${said.title}>
    <div class="queue-scroll">
      <${Group} title=${said.mine} count=${mine.length}>
        ${mine.map((ticket) => html`<${Card} key=${ticket.id} ticket=${ticket} open=${open} />`)}
        ${!mine.length && html`<p class="queue-none">${said.noneMine}</p>`}
      <//>
      <${Group} title=${said.queued} count=${shown.length}>
        ${present.length > 1 &&
        html`<select
          class="queue-skill"
          aria-label=${said.skill}
          value=${skill}
          onChange=${(/** @type {Event & {currentTarget: HTMLSelectElement}} */ event) => setSkill(event.currentTarget.value)}
        >
          <option value="">${said.anySkill}</option>
          ${present.map(({ id, name }) => html`<option key=${id} value=${id} selected=${id === skill}>${name}</option>`)}
        </select>`}
        ${shown.map((ticket) => html`<${Card} key=${ticket.id} ticket=${ticket} open=${open} />`)}
        ${!shown.length && connection !== "starting" && html`<p class="queue-none">${said.noneQueued}${!mine.length && html`<br />${said.calm}`}</p>`}
        ${connection === "starting" && html`<p class="queue-none" role="status">${words.connection.starting}</p>`}
      <//>
      ${closed.length > 0 &&
      html`<${Group} title=${said.closed} count=${closed.length} folded>
        ${closed.map((ticket) => html`<${Card} key=${ticket.id} ticket=${ticket} open=${open} />`)}
      <//>`}
    </div>
    <div class="queue-end">
      <button type="button" class="solid" disabled=${!shown.length} onClick=${take}>
        ${said.next}<kbd aria-hidden="true">N</kbd>
      </button>
    </div>
  </aside>`;
}

/** @param {{title: string, count: number, folded?: boolean, children?: import("../html.js").Child}} props */
function Group({ title, count, folded = false, children }) {
  const head = html`<h2>${title}</h2><span class="queue-count">${count}</span>`;
  if (folded) return html`<details class="queue-group"><summary class="queue-head">${head}</summary><ul>${children}</ul></details>`;
  return html`<section class="queue-group"><div class="queue-head">${head}</div><ul>${children}</ul></section>`;
}

/** @param {{ticket: Ticket, open: string}} props */
function Card({ ticket, open }) {
  const { words, desk, language } = useDesk();
  const said = words.queue;
  const now = useNow();
  const here = ticket.id === open;
  const link = useRef(/** @type {HTMLElement | null} */ (null));
  useEffect(() => {
    if (here) link.current?.scrollIntoView({ block: "nearest" });
  }, [here]);
  const clock = clockOf(ticket, now, words);
  const typing = now - (desk.state.typing.get(ticket.id) ?? 0) < TYPING_MS;
  const unread = here ? 0 : (ticket.unread ?? 0);
  const skill = desk.state.skills.find(({ id }) => id === ticket.skill)?.name;
  const facts = [
    skill,
    ticket.language && ticket.language !== language && words.languages[ticket.language],
    ticket.reopened && said.reopened,
    ticket.transferred_from && said.transferred,
    ticket.callback && said.callback(bankTime(ticket.callback.at, language)),
  ].filter(Boolean);
  return html`<li>
    <a class=${`ticket-card is-${ticket.priority}`} href=${hrefToTicket(ticket.id)} aria-current=${here ? "true" : undefined} ref=${link}>
      <span class="ticket-top">
        <${PriorityMark} priority=${ticket.priority} />
        <b>${words.reasons[ticket.reason] ?? words.otherReason}</b>
        <span class=${`ticket-clock is-${clock.state}`}>${clock.text}</span>
      </span>
      <span class="ticket-line">
        <span class="ticket-text">${typing ? said.typing : preview(ticket, said)}</span>
        ${desk.trouble(ticket.id) && html`<span class="ticket-unsent">${said.unsent}</span>`}
        ${unread > 0 && html`<span class="unread" aria-label=${said.unread(unread)}>${unread}</span>`}
      </span>
      ${facts.length > 0 && html`<span class="ticket-facts">${facts.join(" · ")}</span>`}
      ${(clock.state === "calm" || clock.state === "soon") &&
      clock.share > 0 &&
      html`<span class=${`ticket-share is-${clock.state}`} aria-hidden="true"><span style=${`inline-size: ${Math.round(clock.share * 100)}%`}></span></span>`}
    </a>
  </li>`;
}

/** @param {{priority: import("../api/desk.js").Priority}} props */
export function PriorityMark({ priority }) {
  const { words } = useDesk();
  if (priority === "P2") return html`<span class="sr">${words.priorities.P2}</span>`;
  return html`<span class=${`priority is-${priority}`}>${priority === "P0" && html`<${Icon} name="warn" />`}${words.priorities[priority]}</span>`;
}

/**
 * @param {Ticket} ticket
 * @param {import("../words/desk/index.js").DeskWords["queue"]} said
 */
function preview(ticket, said) {
  const { last } = ticket;
  if (!last) return ticket.question || said.question;
  // While one waits, the customer's own words tell what it is about, not the bot's.
  if (ticket.status === "queued") return (last.from === "customer" && last.text) || ticket.question || said.question;
  const who = last.from === "agent" ? said.you : last.from === "bot" ? said.bot : "";
  return `${who}${last.text}`;
}
