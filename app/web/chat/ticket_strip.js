// @ts-check
/**
 * Where the request for a person stands, just above the message box: the place in the queue, the way out of it, a call
 * back when nobody is in. Afterwards, one question about the service.
 */
import { html, useEffect, useState } from "../html.js";
import { useWords } from "../words/index.js";
import { CallBack } from "./call_back.js";
import { Icon } from "./icons.js";
import { Rating, useIdle } from "./rating.js";
import { bankTime } from "./times.js";

const ASK_PLACE_MS = 20_000;
const ANSWERS_TO_RATE = 2;

/**
 * @typedef {object} TicketStripProps
 * @property {import("./session.js").State} state
 * @property {import("./session.js").Session} session
 * @property {string} language
 */

/** @param {TicketStripProps} props */
export function TicketStrip({ state, session, language }) {
  const rate = (/** @type {import("./rating.js").Given} */ given) => session.rateService(given);
  const { asked, begun, over } = useQuestion(state);
  return html`<${Where} state=${state} session=${session} language=${language} rate=${rate} />
    ${asked && html`<${Rating} about="bot" rate=${rate} begun=${begun} over=${over} />`}`;
}

/**
 * Whether the question about the answers stands: when nothing has been said for a while, until the next word. What has
 * been begun stays; what was given or closed is not asked for again in this conversation.
 *
 * @param {import("./session.js").State} state
 */
function useQuestion({ items, busy, ticket }) {
  const [step, setStep] = useState(/** @type {"due" | "begun" | "over"} */ ("due"));
  const [overAt, setOverAt] = useState(0);
  const idle = useIdle(items.length, busy);
  const fresh = !items.length;
  useEffect(() => {
    if (fresh) setStep("due");
  }, [fresh]);
  const answers = items.filter((item) => item.kind === "turn" && item.status === "answered").length;
  const due = idle && !ticket && answers >= ANSWERS_TO_RATE;
  // The thanks, too, stay until the next word.
  const asked = { due, begun: !fresh, over: items.length === overAt }[step];
  const begun = () => setStep("begun");
  const over = () => {
    setStep("over");
    setOverAt(items.length);
  };
  return { asked, begun, over };
}

/** @param {TicketStripProps & {rate: (given: import("./rating.js").Given) => Promise<boolean>}} props */
function Where({ state, session, language, rate }) {
  const words = useWords();
  const { ticket } = state;
  if (ticket?.status === "queued") return html`<${Queued} state=${state} session=${session} language=${language} />`;
  if (ticket?.status === "assigned") {
    return html`<div class="ticket is-assigned"><${Icon} name="person" /><p><strong>${words.ticket.assigned(ticket.agent)}</strong></p></div>`;
  }
  if (ticket?.status === "resolved") return html`<${Rating} key=${ticket.ticket_id} about="person" rate=${rate} />`;
  return null;
}

/** @param {TicketStripProps} props */
function Queued({ state, session, language }) {
  const words = useWords();
  const [asking, setAsking] = useState(false);
  const [, redraw] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => {
      redraw((count) => count + 1);
      if (!document.hidden) void session.askPlace();
    }, ASK_PLACE_MS);
    return () => clearInterval(timer);
  }, [session]);
  const first = state.ticket;
  if (!first) return null;
  const callback = state.callback?.ticket_id === first.ticket_id ? state.callback : null;
  const ticket = state.place?.ticket_id === first.ticket_id ? { ...first, ...state.place } : first;
  const shut = ticket.open === false;
  const slots = ticket.callback_slots ?? [];
  const urgent = ticket.priority === "P0" && ticket.hotline;
  const hint = callback
    ? words.ticket.callback.made(bankTime(callback.at, language), callback.contact_masked)
    : shut
      ? ticket.opens_at
        ? words.ticket.opens(bankTime(ticket.opens_at, language))
        : words.ticket.queuedHint
      : [waitOf(ticket, words), words.ticket.queuedHint].filter(Boolean).join("；");
  return html`<div class="ticket is-queued">
    <div class="ticket-row">
      <${Icon} name="person" />
      <p><strong>${shut ? words.ticket.closed : words.ticket.queued(ticket.position)}</strong> <span role="status">${hint}</span></p>
      ${slots.length > 0 &&
      !callback &&
      !asking &&
      html`<button type="button" class="soft" onClick=${() => setAsking(true)}><${Icon} name="phone" />${words.ticket.callback.offer}</button>`}
      <button type="button" class="quiet" onClick=${() => void session.leaveQueue()}>${words.actions.leave}</button>
    </div>
    ${urgent && html`<a class="ticket-urgent" href=${`tel:${ticket.hotline}`}><${Icon} name="phone" />${words.ticket.urgent(ticket.hotline ?? "")}</a>`}
    ${asking &&
    !callback &&
    html`<${CallBack} slots=${slots} language=${language} close=${() => setAsking(false)} send=${session.callBack.bind(session)} />`}
  </div>`;
}

/**
 * What is left of the estimate; once it is over, that is said instead of a new promise.
 *
 * @param {{estimate_s?: number | null, told_at?: number}} ticket
 * @param {import("../words/index.js").Words} words
 */
function waitOf({ estimate_s, told_at = Date.now() }, words) {
  if (estimate_s === null || estimate_s === undefined) return "";
  const left = estimate_s - (Date.now() - told_at) / 1000;
  if (left < -30) return words.ticket.longer;
  return left < 60 ? words.ticket.soon : words.ticket.wait(Math.ceil(left / 60));
}
