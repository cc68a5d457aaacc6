// @ts-check
/**
 * What was said before this page was opened: when, and which events are therefore no news.
 *
 * @typedef {import("./transcript.js").Item} Item
 */

export class History {
  /** @type {Map<number, number>} */
  #times = new Map();
  /** @type {Set<string>} */
  #closed = new Set();
  /** The highest number that is known to be old. */
  last = 0;

  /** @param {import("../api/types.js").StoredMessage[]} messages */
  constructor(messages = []) {
    for (const message of messages) {
      this.#times.set(message.sequence, Date.parse(message.created_at));
      this.last = Math.max(this.last, message.sequence);
      if (message.turn_id && message.status && message.status !== "running") this.#closed.add(message.turn_id);
    }
  }

  /**
   * @param {number} sequence
   * @returns {number | undefined} ms since 1970
   */
  timeOf(sequence) {
    return this.#times.get(sequence);
  }

  /**
   * @param {import("../api/types.js").ConversationEvent} event
   * @param {string | null} answering the turn that was being answered when it came
   */
  has(event, answering) {
    return event.sequence <= this.last || this.#closed.has(turnOf(event) ?? answering ?? "");
  }
}

/** @param {import("../api/types.js").ConversationEvent} event */
function turnOf(event) {
  if (event.type === "turn.completed") return event.data.turn.turn_id;
  return "turn_id" in event.data ? event.data.turn_id : undefined;
}

/**
 * What stays on the page of a conversation that is no longer ours, above the one that follows it.
 *
 * @param {Item[]} items
 * @param {number} at ms since 1970
 * @returns {Item[]}
 */
export function leftBehind(items, at) {
  const past = items.map((item) => {
    const key = `past-${items.length}-${item.key}`;
    // No mark of the new log's numbers ever reaches what the old one counted.
    return "sequence" in item ? { ...item, key, sequence: Infinity } : { ...item, key };
  });
  return [...past, { kind: "note", key: `renewed-${at}`, note: "renewed", text: "", at }];
}
