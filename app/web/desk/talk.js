// @ts-check
/**
 * One ticket's conversation as its agent sees it: a fold over the log, resumed by number, and the agent's own messages
 * on their way. A message keeps its key until the service has it, so that no lost network doubles it.
 *
 * @typedef {object} Outgoing
 * @property {string} key
 * @property {string} text
 * @property {"sending" | "waiting" | "failed"} state waiting: the network is away; it goes out by itself
 * @property {Error | null} problem
 * @property {number} sequence its place in the log, once known; 0 before
 *
 * @typedef {object} TalkState
 * @property {import("../chat/transcript.js").Item[]} items
 * @property {string | null} running the bot's turn under way
 * @property {Outgoing[]} outgoing
 * @property {"starting" | "live" | "lost"} connection
 * @property {Error | null} problem why it cannot be read
 * @property {number} lastFromCustomer sequence of the customer's last message
 */
import { Problem } from "../api/client.js";
import { newKey } from "../api/keys.js";
import { Courtesy } from "../chat/courtesy.js";
import { Follower } from "../chat/follower.js";
import { History } from "../chat/history.js";
import { Transcript } from "../chat/transcript.js";
import { wait } from "../chat/waiting.js";

const LONGEST_RETRY_MS = 8_000;

export class Talk {
  #client;
  #changed;
  #heard;
  #typed;
  #read;
  #transcript = new Transcript();
  #history = new History();
  #follower;
  #stopped = new AbortController();
  #sending = Promise.resolve();
  #courtesy;
  /** @type {TalkState} */
  state = { items: [], running: null, outgoing: [], connection: "starting", problem: null, lastFromCustomer: 0 };

  /**
   * @param {object} parts
   * @param {import("../api/staff.js").StaffClient} parts.client
   * @param {import("../api/desk.js").Ticket} parts.ticket
   * @param {() => void} parts.changed
   * @param {(event: import("../api/types.js").ConversationEvent) => void} parts.heard something new, as it happens
   * @param {() => void} parts.typed the customer is typing
   * @param {(sequence: number) => void} parts.read how far the customer has read
   */
  constructor({ client, ticket, changed, heard, typed, read }) {
    this.#client = client;
    this.#changed = changed;
    this.#heard = heard;
    this.#typed = typed;
    this.#read = read;
    this.ticket = ticket.id;
    this.conversation = ticket.conversation_id;
    this.#courtesy = new Courtesy((path, body) => void this.#quietly(`/v1/tickets/${encodeURIComponent(this.ticket)}/${path}`, body));
    this.#follower = new Follower({
      client,
      place: () => ({ path: `${this.#path}/events`, after: this.#transcript.watermark }),
      receive: (frame) => this.#receive(frame),
      refused: (problem) => this.#set({ problem: problem instanceof Error ? problem : new Error(), connection: "lost" }),
      connection: (up) => this.#set({ connection: up ? "live" : "lost", problem: null }),
    });
  }

  get #path() {
    return `/v1/conversations/${encodeURIComponent(this.conversation)}`;
  }

  async start() {
    try {
      const { messages } = await this.#client.json(this.#path, { signal: this.#stopped.signal });
      this.#history = new History(messages);
    } catch {
      // The times are lost then; the words come by the stream.
    }
    if (!this.#stopped.signal.aborted) this.#follower.start();
  }

  /** Try again after the service had said no. */
  resume() {
    this.#follower.start();
  }

  stop() {
    this.#stopped.abort();
    this.#follower.stop();
  }

  /** @param {Partial<TalkState>} change */
  #set(change) {
    const { view, last } = this.#transcript;
    const outgoing = (change.outgoing ?? this.state.outgoing).filter((one) => !one.sequence || one.sequence > last);
    const customers = view.items.findLast((item) => item.kind === "customer");
    this.state = {
      ...this.state,
      ...change,
      outgoing,
      items: view.items,
      running: view.running,
      lastFromCustomer: customers?.kind === "customer" ? customers.sequence : 0,
    };
    if (!this.#stopped.signal.aborted) this.#changed();
  }

  /** @param {import("../api/sse.js").Frame} frame */
  #receive(frame) {
    /** @type {any} */
    let data;
    try {
      data = JSON.parse(frame.data);
    } catch {
      return;
    }
    // Neither is in the log, and a frame without an id repeats the last one's.
    if (frame.event === "typing") {
      if (data.from === "customer") this.#typed();
      return;
    }
    if (frame.event === "read") {
      if (data.by === "customer") this.#read(data.sequence);
      return;
    }
    const sequence = Number(frame.id);
    const at = this.#history.timeOf(sequence) ?? Date.now();
    /** @type {import("../api/types.js").ConversationEvent} */
    const event = /** @type {any} */ ({ type: frame.event, data, sequence, at });
    if (!this.#transcript.add(event)) return;
    if (event.type === "agent.message") this.#arrived(event.data.text, sequence);
    this.#set({});
    if (!this.#history.has(event, null)) this.#heard(event);
  }

  /**
   * The log may bring a message before the answer to its sending does, or when that answer was lost.
   *
   * @param {string} text
   * @param {number} sequence
   */
  #arrived(text, sequence) {
    const one = this.state.outgoing.find((other) => !other.sequence && other.text === text);
    if (one) this.#outgoing(one.key, { sequence });
  }

  /**
   * Send one message; what was sent before goes first.
   *
   * @param {string} text
   */
  say(text) {
    this.#queue({ key: newKey(), text, state: "sending", problem: null, sequence: 0 });
  }

  /** @param {string} key of a message that failed */
  again(key) {
    const one = this.state.outgoing.find((other) => other.key === key);
    if (one?.state === "failed") this.#queue(one);
  }

  /** @param {string} key */
  discard(key) {
    this.#set({ outgoing: this.state.outgoing.filter((one) => one.key !== key) });
  }

  /** @param {Outgoing} one */
  #queue(one) {
    const rest = this.state.outgoing.filter(({ key }) => key !== one.key);
    this.#set({ outgoing: [...rest, { ...one, state: "sending", problem: null }] });
    this.#sending = this.#sending.then(() => this.#deliver(one.key, one.text));
  }

  /** @param {string} key @param {Partial<Outgoing>} change */
  #outgoing(key, change) {
    this.#set({ outgoing: this.state.outgoing.map((one) => (one.key === key ? { ...one, ...change } : one)) });
  }

  /** @param {string} key @param {string} text */
  async #deliver(key, text) {
    const { signal } = this.#stopped;
    for (let pause = 500; !signal.aborted; pause = Math.min(pause * 2, LONGEST_RETRY_MS)) {
      try {
        const told = await this.#client.json(`/v1/tickets/${encodeURIComponent(this.ticket)}/messages`, {
          method: "POST",
          body: { text },
          headers: { "idempotency-key": key },
        });
        if (told?.sequence) this.#outgoing(key, { state: "sending", sequence: told.sequence });
        else this.discard(key);
        return;
      } catch (error) {
        if (error instanceof Problem && error.status < 500 && error.status !== 429) {
          this.#outgoing(key, { state: "failed", problem: error });
          return;
        }
        this.#outgoing(key, { state: "waiting" });
        await wait(pause, signal, true);
      }
    }
  }

  /** The agent is writing; told at most every few seconds. */
  typing() {
    this.#courtesy.typing();
  }

  /** The agent has the customer's words before its eyes. */
  look() {
    this.#courtesy.read(this.state.lastFromCustomer);
  }

  /** @param {string} path @param {object} body */
  async #quietly(path, body) {
    try {
      await this.#client.send(path, { method: "POST", body });
    } catch {
      // A courtesy; the next one may get through.
    }
  }
}
