// @ts-check
/** The three columns: the queue, one conversation, what is known of its customer. */
import { html, useEffect, useMemo, useRef, useState } from "../html.js";
import { explain } from "../knowledge/loading.js";
import { Icon } from "../chat/icons.js";
import { useDesk } from "./context.js";
import { sorted } from "./desk.js";
import { RESOLVE, RETURN, StepDialog, TRANSFER } from "./steps.js";
import { Queue } from "./queue.js";
import { goToTicket } from "./routes.js";
import { useShortcuts } from "./shortcuts.js";
import { Summary } from "./summary.js";
import { Talk } from "./talk.js";
import { TalkColumn } from "./talk_column.js";

const AGAIN_MS = 400;
// A second click of the same hand must not take a second customer.
const ONE_DEED_MS = 700;

/**
 * @typedef {import("../api/desk.js").Ticket} Ticket
 * @typedef {import("./steps.js").Step} Step
 *
 * @typedef {object} ReplyHandle what other parts of the page may do with the reply being written
 * @property {() => void} focus
 * @property {(text: string) => void} insert
 * @property {() => void} canned
 * @property {() => void} draft
 */

/** The conversation of the open ticket, live. @param {Ticket | undefined} ticket @param {(text: string) => void} heard */
function useTalk(ticket, heard) {
  const { client, desk } = useDesk();
  const [, redraw] = useState(0);
  const hear = useRef(heard);
  hear.current = heard;
  const id = ticket?.id ?? "";
  // Who takes a ticket may read from then on what it could not read before.
  const mine = ticket?.status === "assigned" && ticket.agent_id === desk.agent;
  const talk = useMemo(
    () =>
      ticket
        ? new Talk({
            client,
            ticket,
            outbox: desk.outbox(id),
            own: (agent) => agent === desk.agent,
            changed: () => redraw((count) => count + 1),
            heard: (event) => event.type === "customer.message" && hear.current(event.data.text),
            typed: () => desk.typed(id),
            read: (sequence) => desk.markRead(id, sequence),
          })
        : null,
    [id, ticket?.conversation_id, desk],
  );
  useEffect(() => {
    if (!talk) return undefined;
    void talk.start();
    return () => talk.stop();
  }, [talk]);
  useEffect(() => {
    if (mine && talk?.state.problem) talk.resume();
  }, [mine, talk]);
  return talk;
}

/** @param {{id: string}} props */
export function TicketsPage({ id }) {
  const { desk, words, say } = useDesk();
  const [side, setSide] = useState(false);
  const [step, setStep] = useState(/** @type {Step | null} */ (null));
  const [problem, setProblem] = useState("");
  const reply = useRef(/** @type {ReplyHandle | null} */ (null));
  const taken = useRef("");
  const taking = useRef(false);
  const ticket = desk.state.tickets.get(id);
  const talk = useTalk(ticket, (text) => say(words.bell.said(text)));
  const mine = ticket?.status === "assigned" && ticket.agent_id === desk.agent;

  useEffect(() => {
    desk.look(id);
    setProblem("");
    setStep(null);
    setSide(false);
    if (id) desk.read(id).catch((failure) => setProblem(explain(failure, words)));
  }, [id, desk]);
  // The summary of a ticket is made when somebody takes it, and grows with what is said.
  useEffect(() => {
    if (!id || !ticket) return undefined;
    const timer = setTimeout(() => desk.read(id).catch(() => undefined), AGAIN_MS);
    return () => clearTimeout(timer);
  }, [ticket?.status, ticket?.agent_id, talk?.state.lastFromCustomer]);
  useEffect(() => {
    const look = () => {
      if (!mine || document.hidden || !talk) return;
      talk.look();
      desk.seen(id);
    };
    look();
    document.addEventListener("visibilitychange", look);
    return () => document.removeEventListener("visibilitychange", look);
  }, [mine, talk, talk?.state.lastFromCustomer, ticket?.unread]);

  /** @param {string} which */
  const accept = async (which) => {
    try {
      await desk.move(which, "accept");
      setProblem("");
      say(words.talk.accepted);
      taken.current = which;
      reply.current?.focus();
    } catch (failure) {
      setProblem(explain(failure, words));
      desk.read(which).catch(() => undefined);
    }
  };
  const takeNext = async () => {
    const [next] = sorted(desk.state.tickets.values(), desk.agent).queued;
    if (!next || taking.current) return;
    taking.current = true;
    goToTicket(next.id);
    await accept(next.id);
    setTimeout(() => (taking.current = false), ONE_DEED_MS);
  };
  /** @param {number} by */
  const move = (by) => {
    const { mine: own, queued } = sorted(desk.state.tickets.values(), desk.agent);
    const list = [...own, ...queued];
    const at = list.findIndex((one) => one.id === id);
    const next = at < 0 ? list[by > 0 ? 0 : list.length - 1] : list[Math.min(list.length - 1, Math.max(0, at + by))];
    if (next) goToTicket(next.id);
  };
  const ask = (/** @type {Step} */ which) => mine && setStep(which);
  useShortcuts({
    n: takeNext,
    j: () => move(1),
    k: () => move(-1),
    a: () => ticket?.status === "queued" && void accept(id),
    r: () => reply.current?.focus(),
    "/": () => reply.current?.canned(),
    s: () => ticket?.summary?.suggested_reply && reply.current?.insert(ticket.summary.suggested_reply.text),
    d: () => reply.current?.draft(),
    e: () => ask(RESOLVE),
    t: () => ask(TRANSFER),
    b: () => ask(RETURN),
    i: () => setSide(!side),
    Escape: () => (side ? setSide(false) : undefined),
  });

  return html`<div class=${`columns${ticket ? " has-ticket" : ""}${side ? " has-side" : ""}`}>
    <${Queue} open=${id} take=${takeNext} />
    ${ticket && talk
      ? html`<${TalkColumn}
          key=${ticket.id}
          ticket=${ticket}
          talk=${talk}
          mine=${mine}
          problem=${problem}
          accept=${() => void accept(ticket.id)}
          ask=${ask}
          side=${side}
          openSide=${() => setSide(!side)}
          reply=${reply}
          taken=${taken}
        />`
      : html`<section class="talk is-empty" aria-label=${words.talk.label}>
          <div class="rosette" aria-hidden="true"></div>
          <h2>${words.talk.nothingTitle}</h2>
          <p>${problem || words.talk.nothingLead}</p>
        </section>`}
    ${ticket && talk
      ? html`<aside class="side" aria-label=${words.summary.title} key=${`side-${ticket.id}`}>
          <header class="side-head">
            <h2>${words.summary.title}</h2>
            <button type="button" class="quiet icon-only side-close" aria-label=${words.close} onClick=${() => setSide(false)}><${Icon} name="close" /></button>
          </header>
          <${Summary} ticket=${ticket} use=${mine ? (/** @type {string} */ text) => reply.current?.insert(text) : null} />
        </aside>`
      : html`<aside class="side is-empty" aria-hidden="true"></aside>`}
    ${ticket && step && html`<${StepDialog} step=${step} ticket=${ticket} talk=${talk} close=${() => setStep(null)} />`}
  </div>`;
}
