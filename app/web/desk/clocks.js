// @ts-check
/** Time as the desk counts it: what is left, what is over, how long somebody waits. */
import { createContext, html, useContext, useEffect, useState } from "../html.js";

const NowContext = createContext(Date.now());

/** One clock for the whole page, so that all of it ticks together. @param {{children?: import("../html.js").Child}} props */
export function Clock({ children }) {
  const [now, set] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => set(Date.now()), 1_000);
    return () => clearInterval(timer);
  }, []);
  return html`<${NowContext.Provider} value=${now}>${children}<//>`;
}

export function useNow() {
  return useContext(NowContext);
}

/**
 * @param {number} ms
 * @param {import("../words/desk/index.js").DeskWords} words
 */
export function shownSpan(ms, words) {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const minutes = Math.floor(seconds / 60);
  if (minutes >= 24 * 60) return words.clock.days(Math.floor(minutes / 60 / 24));
  if (minutes >= 60) return words.clock.hours(Math.floor(minutes / 60), minutes % 60);
  return `${minutes}:${String(seconds % 60).padStart(2, "0")}`;
}

/**
 * What the clock of a ticket says now.
 *
 * @param {import("../api/desk.js").Ticket} ticket
 * @param {number} now
 * @param {import("../words/desk/index.js").DeskWords} words
 * @returns {{text: string, state: "calm" | "soon" | "over" | "done", share: number}} share of the time that is gone, 0 to 1
 */
export function clockOf(ticket, now, words) {
  if (ticket.closed_at) {
    return { text: shownSpan(Date.parse(ticket.closed_at) - Date.parse(ticket.created_at), words), state: "done", share: 1 };
  }
  const decided = ticket.respond_by !== undefined && ticket.respond_by !== ticket.due_at;
  const complaint = ticket.reason === "complaint" || decided;
  if (ticket.status === "assigned" && !complaint && ticket.first_response_at) {
    const asks = ticket.last?.from === "customer" ? Date.parse(ticket.last.at) : 0;
    if (asks) return { text: words.clock.waits(shownSpan(now - asks, words)), state: "calm", share: 0 };
    return { text: words.clock.lasts(shownSpan(now - Date.parse(ticket.assigned_at ?? ticket.created_at), words)), state: "done", share: 0 };
  }
  const due = Date.parse(ticket.first_response_at ? ticket.due_at : (ticket.respond_by ?? ticket.due_at));
  const begun = Date.parse(ticket.created_at);
  const left = due - now;
  if (left < 0) return { text: words.clock.over(shownSpan(-left, words)), state: "over", share: 1 };
  const share = Math.min(1, Math.max(0, (now - begun) / Math.max(1, due - begun)));
  return { text: words.clock.left(shownSpan(left, words)), state: share > 0.7 ? "soon" : "calm", share };
}
