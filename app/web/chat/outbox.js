// @ts-check
/**
 * The customer's messages that the service has not confirmed yet. Each has a key of its own, under which it may be sent
 * as often as it takes and counts once. One goes out at a time; one that failed stays, whatever is said after it, until
 * it is sent again or discarded.
 *
 * after: the highest number of the log when it was said, so that only a record above it can be its own; Infinity when
 * the page did not know the log. problem: null when the customer stopped it.
 * @typedef {{key: string, text: string, at: number, after: number, state: "sending" | "failed",
 *   problem: Problem | Unreachable | null}} Outgoing
 *
 * How sending ended: "done"; "broken": it arrived, but the answer's stream broke; "failed"; "left": stopped here.
 * @typedef {"done" | "broken" | "failed" | "left"} Outcome
 *
 * @typedef {import("../api/sse.js").Frame} Frame
 *
 * @typedef {object} OutboxParts
 * @property {(message: Outgoing, signal: AbortSignal) => Promise<Response>} post send it; the response streams the turn
 * @property {(message: Outgoing, frame: Frame) => void} confirmed by the first event of its turn
 * @property {(frame: Frame) => void} receive
 * @property {() => void} expired the conversation is no longer ours: begin another
 * @property {() => void} retrying
 */
import { Problem, Unreachable } from "../api/client.js";
import { newKey } from "../api/keys.js";
import { readFrames } from "../api/sse.js";
import { wait } from "./waiting.js";

const ATTEMPTS = 4;
// What the log keeps of a number, a name or an address: stars, or a word in brackets.
const MASKED = /\*+ ?|\[[^\]]*\]/;

/**
 * Whether a record of the log can be of these words, as said or masked.
 *
 * @param {string} record
 * @param {string} text
 */
function recalls(record, text) {
  const [first = "", ...rest] = record.split(MASKED);
  if (!rest.length) return record === text;
  // Of a record that is all mask nothing can be known.
  if (!/[\p{L}\p{N}]/u.test(first + rest.join(""))) return false;
  if (!text.startsWith(first) || !text.endsWith(rest.at(-1) ?? "")) return false;
  let at = first.length;
  return rest.every((piece) => {
    const found = text.indexOf(piece, at);
    at = found + piece.length;
    return found >= 0;
  });
}

export class Outbox {
  #parts;
  /** @type {AbortController | null} */
  #posting = null;
  // The record in the log of the message that went out last.
  #own = 0;
  /** Oldest first.
   * @type {readonly Outgoing[]} */
  messages = [];

  /** @param {OutboxParts} parts */
  constructor(parts) {
    this.#parts = parts;
  }

  /** A message is going out, or its answer is coming in. */
  get busy() {
    return this.#posting !== null;
  }

  /**
   * @param {string} text
   * @param {number} at ms since 1970
   * @param {number} after see Outgoing
   */
  say(text, at, after) {
    return this.#deliver({ key: newKey(), text, at, after, state: "sending", problem: null });
  }

  /**
   * Send one that failed once more.
   *
   * @param {string} key
   * @returns {Promise<Outcome> | null} null: there is no such message
   */
  resend(key) {
    const message = this.#failed(key);
    return message ? this.#deliver({ ...message, state: "sending", problem: null }) : null;
  }

  /** @param {string} key of one that failed */
  discard(key) {
    if (this.#failed(key)) this.#drop(key);
  }

  /** Stop sending; what is not confirmed stays, as unsent. */
  leave() {
    this.#posting?.abort();
    this.#posting = null;
    this.messages = this.messages.map((one) => (one.state === "sending" ? { ...one, state: "failed" } : one));
  }

  /** Stop sending and forget everything. */
  clear() {
    this.leave();
    this.messages = [];
  }

  /** Another log begins: whatever it holds was said after these. */
  renew() {
    this.messages = this.messages.map((one) => ({ ...one, after: 0 }));
  }

  /**
   * The log has a record of a message. One whose fate was unknown may be found to have arrived after all; one that the
   * service refused has not, and one that is going out is confirmed by its own answer.
   *
   * @param {string} record
   * @param {number} sequence
   */
  recorded(record, sequence) {
    if (sequence === this.#own) return;
    const own = this.messages.find(
      ({ state, problem, text, after }) =>
        state === "failed" && !(problem instanceof Problem) && sequence > after && recalls(record, text),
    );
    if (own) this.#drop(own.key);
  }

  /** @param {string} key */
  #failed(key) {
    return this.messages.find((one) => one.key === key && one.state === "failed");
  }

  /** @param {string} key */
  #drop(key) {
    this.messages = this.messages.filter((one) => one.key !== key);
  }

  /**
   * @param {Outgoing} message
   * @returns {Promise<Outcome>}
   */
  async #deliver(message) {
    const posting = new AbortController();
    this.#posting = posting;
    const known = this.messages.some(({ key }) => key === message.key);
    this.messages = known
      ? this.messages.map((one) => (one.key === message.key ? message : one))
      : [...this.messages, message];
    try {
      return await this.#attempts(message, posting.signal);
    } catch (error) {
      if (posting.signal.aborted) return "left";
      const problem = error instanceof Problem ? error : new Unreachable();
      this.messages = this.messages.map((one) => (one.key === message.key ? { ...one, state: "failed", problem } : one));
      return "failed";
    } finally {
      if (this.#posting === posting) this.#posting = null;
    }
  }

  /**
   * @param {Outgoing} message
   * @param {AbortSignal} signal
   * @returns {Promise<Outcome>}
   */
  async #attempts(message, signal) {
    for (let attempt = 1; ; attempt += 1) {
      try {
        await this.#attempt(message, signal);
        return signal.aborted ? "left" : "done";
      } catch (error) {
        if (signal.aborted) return "left";
        const gone = error instanceof Problem && error.status === 404;
        if (gone && attempt === 1) this.#parts.expired();
        else if (error instanceof Problem) throw error;
        else if (!this.#holds(message)) return "broken";
        else if (attempt === ATTEMPTS) throw new Unreachable();
        else {
          this.#parts.retrying();
          await wait(400 * 2 ** attempt, signal, true);
          if (signal.aborted) return "left";
        }
      }
    }
  }

  /**
   * One attempt. Returns when the turn has completed; throws when the stream ends before.
   *
   * @param {Outgoing} message
   * @param {AbortSignal} signal
   */
  async #attempt(message, signal) {
    const response = await this.#parts.post(message, signal);
    for await (const frame of readFrames(response)) {
      if (signal.aborted) return;
      if (this.#holds(message)) this.#confirm(message, frame);
      this.#parts.receive(frame);
      if (frame.event === "turn.completed") return;
    }
    throw new Unreachable();
  }

  /** @param {Outgoing} message */
  #holds({ key }) {
    return this.messages.some((one) => one.key === key);
  }

  /**
   * The first event of a turn shows that the message arrived. The record of it is then its own, and no other's of the
   * same words.
   *
   * @param {Outgoing} message
   * @param {Frame} frame
   */
  #confirm(message, frame) {
    this.#drop(message.key);
    const until = Number(frame.id);
    if (frame.event === "customer.message") this.#own = until;
    this.messages = this.messages.map((one) =>
      one.text === message.text ? { ...one, after: Math.max(one.after, until) } : one,
    );
    this.#parts.confirmed(message, frame);
  }
}
