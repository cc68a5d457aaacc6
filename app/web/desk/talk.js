// @ts-check
/**
 * One ticket's conversation as its agent sees it: a fold over the log, resumed by number, and the agent's own messages
 * on their way.
 *
 * @typedef {object} TalkState
 * @property {import("../chat/transcript.js").Item[]} items
 * @property {string | null} running the bot's turn under way
 * @property {import("./outbox.js").Outgoing[]} outgoing
 * @property {"starting" | "live" | "lost"} connection
 * @property {Error | null} problem why it cannot be read
 * @property {number} lastFromCustomer sequence of the customer's last message
 */
import { Courtesy } from "../chat/courtesy.js";
import { Follower } from "../chat/follower.js";
import { History } from "../chat/history.js";
import { Transcript } from "../chat/transcript.js";

export class Talk {
  #client;
  #changed;
  #heard;
  #typed;
  #read;
  #transcript = new Transcript();
  #history = new History();
  #follower;
  #outbox;
  #own;
  #stopped = new AbortController();
  #courtesy;
  /** @type {TalkState} */
  state = { items: [], running: null, outgoing: [], connection: "starting", problem: null, lastFromCustomer: 0 };

  /**
   * @param {object} parts
   * @param {import("../api/staff.js").StaffClient} parts.client
   * @param {import("../api/desk.js").Ticket} parts.ticket
   * @param {import("./outbox.js").Outbox} parts.outbox
   * @param {(agent: string) => boolean} parts.own whether this is who sits here
   * @param {() => void} parts.changed
   * @param {(event: import("../api/types.js").ConversationEvent) => void} parts.heard something new, as it happens
   * @param {() => void} parts.typed the customer is typing
   * @param {(sequence: number) => void} parts.read how far the customer has read
   */
  constructor({ client, ticket, outbox, own, changed, heard, typed, read }) {
    this.#client = client;
    this.#outbox = outbox;
    this.#own = own;
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
    this.#outbox.changed = () => this.#set({});
    this.#set({});
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
    this.#outbox.changed = null;
    this.#follower.stop();
  }

  /** @param {Partial<TalkState>} change */
  #set(change) {
    const { view, last } = this.#transcript;
    this.#outbox.shown(last);
    const customers = view.items.findLast((item) => item.kind === "customer");
    this.state = {
      ...this.state,
      ...change,
      outgoing: this.#outbox.outgoing,
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
    if (event.type === "agent.message" && this.#own(event.data.agent)) this.#outbox.arrived(event.data.text, sequence);
    this.#set({});
    if (!this.#history.has(event, null)) this.#heard(event);
  }

  /** @param {string} text @param {import("./outbox.js").Check | null} check null: it was looked at already */
  say(text, check) {
    this.#outbox.say(text, check);
  }

  /** @param {string} key of a message that failed */
  again(key) {
    this.#outbox.again(key);
  }

  /** @param {string} key */
  discard(key) {
    this.#outbox.discard(key);
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
