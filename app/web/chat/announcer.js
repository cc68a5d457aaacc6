// @ts-check
/** Tells screen readers each released sentence, once and politely; the visible page stays quiet. */
import { html } from "../html.js";
import { plainText } from "../text/blocks.js";

const KEPT = 40;

/** @typedef {{key: number, text: string}} Said */

/**
 * @param {import("../api/types.js").ConversationEvent} event
 * @param {import("../words/index.js").Words} words
 * @returns {string} what to say; "": nothing
 */
export function spoken(event, words) {
  switch (event.type) {
    case "turn.progress":
    case "answer.delta":
      return plainText(event.data.text).trim();
    case "agent.message":
      return `${words.agent(event.data.agent)}: ${event.data.text}`;
    case "handoff.created":
      return event.data.text ?? words.ticket.notes.queued;
    case "ticket.updated":
      return event.data.text || (event.data.status === "queued" ? "" : words.ticket.notes[event.data.status]);
    case "notice":
      return `${words.found}: ${event.data.text}`;
    case "turn.failed":
      return event.data.title;
    default:
      return "";
  }
}

/**
 * @param {Said[]} before
 * @param {string} text
 * @returns {Said[]}
 */
export function say(before, text) {
  return [...before, { key: (before.at(-1)?.key ?? 0) + 1, text }].slice(-KEPT);
}

/** @param {{said: Said[]}} props */
export function Announcer({ said }) {
  return html`<div class="sr" id="announcer" role="log" aria-live="polite" aria-relevant="additions">
    ${said.map(({ key, text }) => html`<p key=${key}>${text}</p>`)}
  </div>`;
}
