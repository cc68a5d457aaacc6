// @ts-check
/** Ready replies from approved passages: a slash opens them, words narrow them, Enter takes one. */
import { html, useEffect, useState } from "../html.js";
import { useDesk } from "./context.js";

/**
 * @typedef {import("../api/desk.js").CannedReply} CannedReply
 *
 * @typedef {object} CannedState
 * @property {boolean} open
 * @property {CannedReply[]} found
 * @property {number} at the one that Enter takes
 * @property {boolean} busy
 * @property {(event: KeyboardEvent) => boolean} onKey whether the key was meant for the list
 * @property {(reply: CannedReply) => void} take
 */

const PAUSE_MS = 180;
const LIMIT = 6;

/**
 * @param {string} text
 * @param {string} matter what the ticket is about: looked for until something is typed
 * @param {(text: string) => void} write
 * @returns {CannedState}
 */
export function useCanned(text, matter, write) {
  const { client } = useDesk();
  const open = text.startsWith("/") && !text.includes("\n");
  const query = open ? text.slice(1).trim() || matter : "";
  const [state, set] = useState({ found: /** @type {CannedReply[]} */ ([]), at: 0, busy: false });
  useEffect(() => {
    if (!query) {
      set({ found: [], at: 0, busy: false });
      return undefined;
    }
    const aborter = new AbortController();
    set((before) => ({ ...before, busy: true }));
    const timer = setTimeout(async () => {
      const search = new URLSearchParams({ query, limit: String(LIMIT) });
      try {
        const { replies } = await client.json(`/v1/desk/canned?${search}`, { signal: aborter.signal });
        if (!aborter.signal.aborted) set({ found: replies, at: 0, busy: false });
      } catch {
        if (!aborter.signal.aborted) set({ found: [], at: 0, busy: false });
      }
    }, PAUSE_MS);
    return () => {
      clearTimeout(timer);
      aborter.abort();
    };
  }, [open, query, client]);
  const take = (/** @type {CannedReply} */ reply) => write(reply.text);
  return {
    open,
    ...state,
    take,
    onKey(event) {
      if (!open) return false;
      const last = state.found.length - 1;
      if (event.key === "ArrowDown") set({ ...state, at: Math.min(last, state.at + 1) });
      else if (event.key === "ArrowUp") set({ ...state, at: Math.max(0, state.at - 1) });
      else if (event.key === "Escape") write("");
      else if (event.key === "Enter" && !event.shiftKey) {
        const chosen = state.found[state.at];
        if (chosen) take(chosen);
      } else return false;
      return true;
    },
  };
}

/** @param {{canned: CannedState}} props */
export function Canned({ canned }) {
  const { words } = useDesk();
  const said = words.reply;
  const { found, at, busy, take } = canned;
  return html`<div class="canned">
    <p class="canned-lead"><b>${said.canned}</b><span>${said.cannedLead}</span></p>
    <ul id="canned" role="listbox" aria-label=${said.canned}>
      ${found.map(
        (reply, place) => html`<li
          key=${reply.passage_id}
          id=${`canned-${place}`}
          role="option"
          aria-selected=${place === at}
          onMouseDown=${(/** @type {Event} */ event) => event.preventDefault()}
          onClick=${() => take(reply)}
        >
          <b>${[reply.title, reply.section].filter(Boolean).join(" › ")}</b>
          <span>${reply.text}</span>
        </li>`,
      )}
    </ul>
    ${!found.length && html`<p class="canned-none" role="status">${busy ? words.loading : said.cannedNone}</p>`}
  </div>`;
}
