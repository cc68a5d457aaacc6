// @ts-check
/**
 * One visitor's conversation: sends, stops, resumes, restores. At any moment at most one stream is open: the turn's
 * own while it is being answered (so that leaving it stops the model), else the conversation's.
 *
 * @typedef {import("./transcript.js").Item} Item
 * @typedef {import("./transcript.js").TurnItem} TurnItem
 *
 * @typedef {object} State
 * @property {Item[]} items
 * @property {import("./transcript.js").View["ticket"]} ticket
 * @property {readonly import("./outbox.js").Outgoing[]} outgoing said and not confirmed yet, oldest first
 * @property {string | null} running the turn being answered
 * @property {boolean} busy an answer is under way
 * @property {boolean} reconnecting
 * @property {boolean} restoring
 * @property {boolean} handingOff a request for a person is under way
 * @property {Problem | Unreachable | null} problem of something else than a message
 * @property {Map<string, "up" | "down">} ratings by turn id
 * @property {Map<string, import("./wish.js").WishState>} wishes to be told of an answer, by turn id
 * @property {number} typedAt when the agent was last seen typing, ms since 1970
 * @property {number} readTo the last message of the customer's that the agent has read
 * @property {{ticket_id: string, position?: number, estimate_s?: number | null, told_at: number} | null} place in the
 *   queue, as last asked
 * @property {{at: string, contact_masked: string} | null} callback
 */
import { Problem, Unreachable } from "../api/client.js";
import { Courtesy } from "./courtesy.js";
import { Follower } from "./follower.js";
import { History } from "./history.js";
import { Outbox } from "./outbox.js";
import { Transcript } from "./transcript.js";
import { Wishes } from "./wishes.js";

const CONVERSATION = "wenda.conversation";
// After a stop the service needs a moment to see that nobody listens any more.
const AFTER_STOP_MS = 1500;

export class Session {
  #client;
  #storage;
  #changed;
  #heard;
  #now;
  #transcript = new Transcript();
  #follower;
  #outbox;
  /** The turn whose end we wait for on the conversation's stream, after its own broke.
   * @type {string | null} */
  #awaited = null;
  /** The conversation being begun: whatever needs one meanwhile waits for the same.
   * @type {Promise<string> | null} */
  #opening = null;
  #courtesy = new Courtesy((path, body) => this.#quietly(path, body));
  /** @type {Item[]} */
  #past = [];
  #history = new History();
  /** The page knows every message in the log. */
  #caughtUp = true;
  #wishes;
  /** @type {State} */
  state = {
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

  /**
   * @param {object} parts
   * @param {import("../api/client.js").Client} parts.client
   * @param {Storage} parts.storage
   * @param {() => void} parts.changed the state is new
   * @param {(event: import("../api/types.js").ConversationEvent) => void} parts.heard something new, as it happens
   * @param {() => number} [parts.now]
   */
  constructor({ client, storage, changed, heard, now = Date.now }) {
    this.#client = client;
    this.#storage = storage;
    this.#changed = changed;
    this.#heard = heard;
    this.#now = now;
    this.#wishes = new Wishes(client, (problem) => this.#set({ wishes: this.#wishes.states, problem }));
    this.#outbox = new Outbox({
      post: (message, signal) => this.#post(message, signal),
      confirmed: (message, frame) => this.#confirmed(message, frame),
      receive: (frame) => {
        if (this.state.reconnecting) this.#set({ reconnecting: false });
        this.#receive(frame);
      },
      expired: () => this.#expired(),
      retrying: () => this.#set({ reconnecting: true }),
    });
    this.#follower = new Follower({
      client,
      place: () => {
        const conversation = storage.getItem(CONVERSATION);
        return conversation ? { path: `/v1/conversations/${conversation}/events`, after: this.#transcript.watermark } : null;
      },
      receive: (frame) => this.#receive(frame),
      refused: (problem) => this.#refused(problem),
      connection: (up) => this.#set({ reconnecting: !up && (this.#awaited !== null || this.#waitsForPerson) }),
    });
  }

  get #waitsForPerson() {
    const status = this.#transcript.view.ticket?.status;
    return status === "queued" || status === "assigned";
  }

  /** Nobody looks at the page: stop listening, unless something is expected. */
  rest() {
    if (!this.state.busy && !this.#waitsForPerson) this.#follower.stop();
  }

  /** Somebody looks again. */
  wake() {
    if (!this.#outbox.busy && !this.state.restoring) this.#follower.start();
  }

  /** @param {Partial<State>} change */
  #set(change) {
    const { view } = this.#transcript;
    this.state = {
      ...this.state,
      ...change,
      items: this.#past.length ? [...this.#past, ...view.items] : view.items,
      ticket: view.ticket,
      running: view.running,
      outgoing: this.#outbox.messages,
      busy: this.#outbox.busy || this.#awaited !== null,
    };
    this.#changed();
  }

  /** Take up the conversation this tab had before a reload, if it had one. */
  async restore() {
    const id = this.#storage.getItem(CONVERSATION);
    if (!id) return;
    this.#caughtUp = false;
    this.#set({ restoring: true });
    const restored = this.#transcript;
    /** @type {{messages: import("../api/types.js").StoredMessage[]} | null} */
    let conversation = null;
    let gone = false;
    try {
      conversation = await this.#client.json(`/v1/conversations/${id}`);
    } catch (error) {
      gone = error instanceof Problem && error.status === 404;
    }
    // Another may have begun meanwhile, or a message gone out, whose answer is then the one stream that is open.
    const current = restored === this.#transcript;
    if (current && gone) this.#expired();
    if (current && conversation) {
      this.#history = new History(conversation.messages);
      this.#caughtUp = true;
      void this.#wishes.restore(id);
    }
    if (!conversation?.messages.length || !current) this.#set({ restoring: false });
    if (!this.#outbox.busy) this.#follower.start(conversation ? 0 : AFTER_STOP_MS);
  }

  /** Leave this conversation and begin with a clean page. */
  restart() {
    this.#outbox.clear();
    this.#awaited = null;
    this.#follower.stop();
    this.#storage.removeItem(CONVERSATION);
    this.#past = [];
    this.#fresh();
    this.#wishes.forget();
    const none = { ratings: new Map(), wishes: new Map(), place: null, callback: null };
    this.#set({ problem: null, restoring: false, reconnecting: false, ...none });
  }

  /**
   * @param {string} text
   * @returns {boolean} whether it is taken; not while an answer is under way
   */
  send(text) {
    if (this.state.busy) return false;
    const after = this.#caughtUp ? Math.max(this.#history.last, this.#transcript.last) : Infinity;
    void this.#deliver(() => this.#outbox.say(text, this.#now(), after));
    return true;
  }

  /** Send a message that failed once more; the service never counts it twice. @param {string} key */
  resend(key) {
    if (!this.state.busy) void this.#deliver(() => this.#outbox.resend(key));
  }

  /** @param {string} key of a message that failed */
  discard(key) {
    this.#outbox.discard(key);
    this.#set({});
  }

  /** Stop the answer under way; what was shown stays. */
  stop() {
    const { running } = this.#transcript.view;
    this.#outbox.leave();
    this.#awaited = null;
    this.#follower.stop();
    if (running) this.#transcript.note({ type: "local.stopped", data: { turn_id: running } }, this.#now());
    this.#set({ reconnecting: false });
    this.#follower.start(AFTER_STOP_MS);
  }

  #fresh() {
    this.#opening = null;
    this.#transcript = new Transcript();
    this.#history = new History();
    this.#caughtUp = true;
  }

  /** @param {() => Promise<import("./outbox.js").Outcome> | null} work */
  async #deliver(work) {
    this.#follower.stop();
    const going = work();
    this.#set({ problem: null });
    const outcome = await going;
    if (outcome === "left") return;
    if (outcome === "broken") this.#awaited = this.#transcript.view.running;
    this.#set({ reconnecting: this.#awaited !== null });
    this.#follower.start();
  }

  /**
   * @param {import("./outbox.js").Outgoing} message
   * @param {AbortSignal} signal
   */
  async #post(message, signal) {
    const conversation = await this.#conversation();
    return this.#client.send(`/v1/conversations/${conversation}/messages`, {
      method: "POST",
      body: { text: message.text },
      headers: { accept: "text/event-stream", "idempotency-key": message.key },
      signal,
    });
  }

  /**
   * A message arrived; when what shows it is not the message itself, that stands just before.
   *
   * @param {import("./outbox.js").Outgoing} message
   * @param {import("../api/sse.js").Frame} frame
   */
  #confirmed(message, frame) {
    // Whatever is said from now on comes after it in the log.
    this.#caughtUp = true;
    if (frame.event !== "customer.message") this.#transcript.standIn(message.text, message.at, Number(frame.id));
  }

  /**
   * The conversation's id. One is begun when there is none, which whoever first needs it must not take along when they
   * give up.
   *
   * @returns {Promise<string>}
   */
  async #conversation() {
    const held = this.#storage.getItem(CONVERSATION);
    if (held) return held;
    if (this.#opening) return this.#opening;
    const opening = this.#client.json("/v1/conversations", { method: "POST", body: {} }).then(({ id }) => id);
    this.#opening = opening;
    try {
      const id = await opening;
      // A restart meanwhile has dropped it.
      if (this.#opening === opening) this.#storage.setItem(CONVERSATION, id);
      return id;
    } finally {
      if (this.#opening === opening) this.#opening = null;
    }
  }

  /** The conversation is no longer ours (the visitor's pass ran out): keep what is on the page, begin a new one. */
  #expired() {
    this.#storage.removeItem(CONVERSATION);
    const shown = this.state.items;
    if (shown.length) {
      const past = shown.map((item) => ({ ...item, key: `past-${shown.length}-${item.key}` }));
      const at = this.#now();
      this.#past = [...past, { kind: "note", key: `renewed-${at}`, note: "renewed", text: "", at }];
    }
    this.#fresh();
    this.#outbox.renew();
  }

  /** @param {unknown} problem */
  #refused(problem) {
    this.#awaited = null;
    if (problem instanceof Problem && problem.status === 404) this.#expired();
    this.#set({ reconnecting: false, restoring: false });
  }

  /** @param {import("../api/sse.js").Frame} frame */
  #receive(frame) {
    // Neither is in the log, and a frame without an id repeats the last one's.
    if (frame.event === "typing" || frame.event === "read") {
      this.#glimpse(frame);
      return;
    }
    const number = Number(frame.id);
    const sequence = Number.isInteger(number) && number > 0 ? number : this.#transcript.last + 0.001;
    const at = this.#history.timeOf(sequence) ?? this.#now();
    /** @type {import("../api/types.js").ConversationEvent} */
    let event;
    try {
      event = /** @type {any} */ ({ type: frame.event, data: JSON.parse(frame.data), sequence, at });
    } catch {
      return;
    }
    const answering = this.#transcript.view.running;
    if (!this.#transcript.add(event)) return;
    if (event.type === "turn.completed") this.#awaited = null;
    const caughtUp = sequence >= this.#history.last;
    if (event.type === "customer.message") this.#outbox.recorded(event.data.text, sequence);
    if (event.type === "agent.message") this.state = { ...this.state, typedAt: 0 };
    this.#set({
      restoring: this.state.restoring && !caughtUp,
      reconnecting: this.state.reconnecting && this.#awaited !== null,
    });
    if (!this.#history.has(event, answering)) this.#heard(event);
  }

  /** @param {import("../api/sse.js").Frame} frame */
  #glimpse({ event, data }) {
    try {
      const { from, by, sequence } = JSON.parse(data);
      if (event === "typing" && from === "agent") this.#set({ typedAt: this.#now() });
      if (event === "read" && by === "agent") this.#set({ readTo: Math.max(this.state.readTo, Number(sequence)) });
    } catch {
      // Nothing depends on it.
    }
  }

  /** The customer is writing to a person. */
  typing() {
    if (this.#transcript.view.ticket?.status === "assigned") this.#courtesy.typing();
  }

  /** The customer has the newest words before their eyes. */
  look() {
    const last = this.state.items.findLast((item) => item.kind === "agent");
    if (last?.kind === "agent") this.#courtesy.read(last.sequence);
  }

  /** @param {string} path @param {object} body */
  async #quietly(path, body) {
    const conversation = this.#storage.getItem(CONVERSATION);
    if (!conversation) return;
    try {
      await this.#client.send(`/v1/conversations/${conversation}/${path}`, { method: "POST", body });
    } catch {
      // A courtesy; the next one may get through.
    }
  }

  /** Ask where in the queue we are; a service that does not say leaves what was told at first. */
  async askPlace() {
    const conversation = this.#storage.getItem(CONVERSATION);
    if (!conversation || this.#transcript.view.ticket?.status !== "queued") return;
    try {
      const place = await this.#client.json(`/v1/conversations/${conversation}/handoff`);
      if (place.status === "queued") this.#set({ place: { ...place, told_at: this.#now() } });
    } catch {
      // The first word stands.
    }
  }

  /**
   * Something beside messages: what came of it, or what went wrong, goes into the state.
   *
   * @param {() => Promise<Partial<State>>} work
   * @returns {Promise<boolean>} whether it arrived
   */
  async #arrives(work) {
    try {
      this.#set({ ...(await work()), problem: null });
      return true;
    } catch (error) {
      this.#set({ problem: error instanceof Problem ? error : new Unreachable() });
      return false;
    }
  }

  /** @param {string} at one of the offered times @param {string} contact */
  callBack(at, contact) {
    return this.#arrives(async () => {
      const path = `/v1/conversations/${await this.#conversation()}/callback`;
      const callback = await this.#client.json(path, { method: "POST", body: { at, contact } });
      return { callback: callback.callback ?? callback };
    });
  }

  /** Ask for a person. */
  async askForPerson() {
    await this.#handoff("POST");
  }

  async leaveQueue() {
    await this.#handoff("DELETE");
  }

  /** @param {"POST" | "DELETE"} method */
  async #handoff(method) {
    if (this.state.handingOff) return;
    this.#set({ handingOff: true, problem: null });
    const asked = this.#transcript;
    try {
      const conversation = await this.#conversation();
      // Nobody queues for a conversation that was left before it had begun.
      if (asked === this.#transcript) {
        await this.#client.json(`/v1/conversations/${conversation}/handoff`, {
          method,
          ...(method === "POST" ? { body: {} } : {}),
        });
      }
      if (!this.#outbox.busy) this.#follower.start();
      this.#set({ handingOff: false });
    } catch (error) {
      this.#set({ handingOff: false, problem: error instanceof Problem ? error : new Unreachable() });
    }
  }

  /** @param {string} turn @param {import("./feedback.js").Feedback} feedback */
  rate(turn, feedback) {
    return this.#arrives(async () => {
      await this.#client.json(`/v1/turns/${turn}/feedback`, { method: "POST", body: feedback });
      return { ratings: new Map(this.state.ratings).set(turn, feedback.rating) };
    });
  }

  /** @param {import("./rating.js").Given} given */
  rateService(given) {
    return this.#arrives(async () => {
      await this.#client.json(`/v1/conversations/${await this.#conversation()}/rating`, { method: "POST", body: given });
      return {};
    });
  }

  /** To be told once there is an answer, or no longer. @param {string} turn @param {boolean} on */
  wish(turn, on) {
    return this.#wishes.set(turn, on);
  }

  dismiss() {
    this.#set({ problem: null });
  }
}
