// @ts-check
/**
 * What the page shows of a session.
 *
 * @typedef {object} State
 * @property {import("./transcript.js").Item[]} items
 * @property {import("./transcript.js").View["ticket"]} ticket
 * @property {readonly import("./outbox.js").Outgoing[]} outgoing said and not confirmed yet, oldest first
 * @property {string | null} running the turn being answered
 * @property {boolean} busy an answer is under way
 * @property {boolean} reconnecting
 * @property {boolean} restoring
 * @property {boolean} handingOff a request for a person is under way
 * @property {import("../api/client.js").Problem | import("../api/client.js").Unreachable | null} problem of something else than a message
 * @property {Map<string, "up" | "down">} ratings by turn id
 * @property {Map<string, import("./wish.js").WishState>} wishes to be told of an answer, by turn id
 * @property {number} typedAt when the agent was last seen typing, ms since 1970
 * @property {number} readTo the last message of the customer's that the agent has read
 * @property {import("./hand_over.js").Place | null} place in the queue, as last asked
 * @property {import("./hand_over.js").Callback | null} callback
 */

/** @type {State} */
export const EMPTY = {
  items: [],
  ticket: null,
  outgoing: [],
  running: null,
  busy: false,
  reconnecting: false,
  restoring: false,
  handingOff: false,
  problem: null,
  ratings: new Map(),
  wishes: new Map(),
  typedAt: 0,
  readTo: 0,
  place: null,
  callback: null,
};
