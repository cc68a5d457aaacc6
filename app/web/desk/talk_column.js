// @ts-check
/** One conversation: who it is with, what was said, and the reply. */
import { Icon } from "../chat/icons.js";
import { useFollowing } from "../chat/following.js";
import { html, useLayoutEffect, useState } from "../html.js";
import { explain } from "../knowledge/loading.js";
import { clockOf, useNow } from "./clocks.js";
import { useDesk } from "./context.js";
import { TYPING_MS } from "./desk.js";
import { PriorityMark } from "./queue.js";
import { Reply } from "./reply.js";
import { RevealDialog } from "./reveal.js";
import { hrefToTicket } from "./routes.js";
import { RESOLVE, RETURN, TRANSFER } from "./steps.js";
import { Entry, Outgoing } from "./talk_items.js";

/**
 * @typedef {object} TalkProps
 * @property {import("../api/desk.js").Ticket} ticket
 * @property {import("./talk.js").Talk} talk
 * @property {boolean} mine
 * @property {string} problem
 * @property {() => void} accept
 * @property {(step: import("./steps.js").Step) => void} ask
 * @property {boolean} side the third column is shown over this one
 * @property {() => void} openSide
 * @property {{current: import("./tickets.js").ReplyHandle | null}} reply
 * @property {{current: string}} taken the ticket just accepted here, whose reply is written next
 */

/** @param {TalkProps} props */
export function TalkColumn({ ticket, talk, mine, problem, accept, ask, side, openSide, reply, taken }) {
  const { words, desk } = useDesk();
  const said = words.talk;
  const now = useNow();
  const [revealing, setRevealing] = useState(0);
  const { items, outgoing, running } = talk.state;
  const { box, column, away, onScroll, toEnd } = useFollowing(!items.length);
  const readTo = desk.state.read.get(ticket.id) ?? 0;
  const lastRead = items.findLast((item) => item.kind === "agent" && item.sequence <= readTo)?.key;
  const typing = now - (desk.state.typing.get(ticket.id) ?? 0) < TYPING_MS;
  const trouble = problem || (talk.state.problem ? explain(talk.state.problem, words) : "");
  return html`<section class="talk" aria-label=${said.label}>
    <${Head} ticket=${ticket} mine=${mine} accept=${accept} ask=${ask} side=${side} openSide=${openSide} />
    ${ticket.priority === "P0" && !ticket.closed_at && html`<${Safety} items=${items} />`}
    <div class="talk-scroll" ref=${box} onScroll=${onScroll} tabindex="0" role="log" aria-live="off" aria-label=${said.label}>
      <div class="talk-items" ref=${column}>
        ${items.map(
          (item) => html`<${Entry}
            key=${item.key}
            item=${item}
            live=${item.kind === "turn" && item.id === running}
            read=${item.key === lastRead}
            reveal=${mine ? setRevealing : null}
          />`,
        )}
        ${outgoing.map((one) => html`<${Outgoing} key=${one.key} one=${one} talk=${talk} />`)}
        ${typing && html`<p class="talk-typing"><span class="pulse" aria-hidden="true"></span>${said.typing}</p>`}
      </div>
      ${away && html`<button type="button" class="newest" aria-label=${said.newest} onClick=${toEnd}><${Icon} name="down" /></button>`}
    </div>
    ${trouble && html`<p class="talk-trouble" role="alert"><${Icon} name="hand" />${trouble}</p>`}
    ${mine
      ? html`<${Reply} ticket=${ticket} talk=${talk} handle=${reply} taken=${taken} sent=${toEnd} />`
      : html`<${NotMine} ticket=${ticket} accept=${accept} />`}
    ${revealing > 0 && html`<${RevealDialog} ticket=${ticket} sequence=${revealing} close=${() => setRevealing(0)} />`}
  </section>`;
}

/**
 * @param {Pick<TalkProps, "ticket" | "mine" | "accept" | "ask" | "side" | "openSide">} props
 */
function Head({ ticket, mine, accept, ask, side, openSide }) {
  const { words } = useDesk();
  const said = words.talk;
  const clock = clockOf(ticket, useNow(), words);
  return html`<header class="talk-head">
    <a class="button quiet icon-only talk-back" href=${hrefToTicket()} aria-label=${words.back}><${Icon} name="left" /></a>
    <div class="talk-who">
      <h1><${PriorityMark} priority=${ticket.priority} />${words.reasons[ticket.reason] ?? words.otherReason}</h1>
      <p class="faint"><span class="talk-customer">${said.customer} ${shortId(ticket.customer_id)}</span><span class=${`ticket-clock is-${clock.state}`}>${clock.text}</span></p>
    </div>
    <div class="talk-steps">
      ${ticket.status === "queued" && html`<button type="button" class="solid small" onClick=${accept}>${said.accept}<kbd aria-hidden="true">A</kbd></button>`}
      ${mine &&
      html`<button type="button" class="solid small" onClick=${() => ask(RESOLVE)} title="E"><${Icon} name="check" /><span>${said.resolve}</span></button>
        <button type="button" class="quiet small" onClick=${() => ask(TRANSFER)} title="T"><${Icon} name="transfer" /><span>${said.transfer}</span></button>
        <button type="button" class="quiet small" onClick=${() => ask(RETURN)} title="B"><${Icon} name="retry" /><span>${said.giveBack}</span></button>`}
      <button type="button" class="soft small open-side" aria-expanded=${side} onClick=${openSide} title="I"><${Icon} name="document" /><span>${said.context}</span></button>
    </div>
  </header>`;
}

/** Ids are long; their end tells customers apart. @param {string} id */
export function shortId(id) {
  return id.length > 10 ? `…${id.slice(-6)}` : id;
}

/** What an emergency's customer was told first stands above everything else. @param {{items: import("../chat/transcript.js").Item[]}} props */
function Safety({ items }) {
  const { words } = useDesk();
  const told = items.findLast((item) => item.kind === "turn" && item.priority === "P0");
  const text = told?.kind === "turn" ? told.parts.join("") : "";
  return html`<div class="safety">
    <${Icon} name="shield" />
    <div>
      <p><b>${words.talk.safetyLead}</b></p>
      ${text && html`<details><summary>${words.talk.safetyShown}</summary><p>${text}</p></details>`}
    </div>
  </div>`;
}

/** @param {{ticket: import("../api/desk.js").Ticket, accept: () => void}} props */
function NotMine({ ticket, accept }) {
  const { words, desk } = useDesk();
  const said = words.talk;
  const hint = ticket.status === "queued" ? said.queuedHint : ticket.status === "assigned" ? said.othersHint(ticket.agent_id ?? "") : said.closedHint;
  return html`<footer class="talk-foot">
    <div>
      <p>${hint}</p>
      <${Left} outbox=${desk.outbox(ticket.id)} />
    </div>
    ${ticket.status === "queued" && html`<button type="button" class="solid" onClick=${accept}>${said.accept}</button>`}
  </footer>`;
}

/** What was still being written when the ticket went to somebody else or was closed: to be read, copied, thrown away. @param {{outbox: import("./outbox.js").Outbox}} props */
function Left({ outbox }) {
  const { words } = useDesk();
  const said = words.talk;
  const [text, setText] = useState(outbox.unsent);
  useLayoutEffect(() => {
    outbox.field = { show: setText, warn: () => undefined };
    return () => {
      outbox.field = null;
    };
  }, []);
  if (!text) return null;
  return html`<p class="talk-left">
    <b>${said.failed}：</b>${text}
    <button type="button" class="quiet small" onClick=${() => outbox.write("")}>${said.discard}</button>
  </p>`;
}
