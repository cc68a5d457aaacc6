// @ts-check
/**
 * One visitor's conversation: sends, stops, resumes, restores. At any moment at most one stream is open: the turn's
 * own while it is being answered (so that leaving it stops the model), else the conversation's.
 *
 * @typedef {import("./transcript.js").Item} Item
 * @typedef {import("./state.js").State} State
 */
import { Problem, Unreachable } from "../api/client.js";
import { Follower } from "./follower.js";
import { HandOver } from "./hand_over.js";
import { History, leftBehind } from "./history.js";
import { Outbox } from "./outbox.js";
import { Presence } from "./presence.js";
import { EMPTY } from "./state.js";
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
  #handOver;
  /** The turn whose end we wait for on the conversation's stream, after its own broke.
   * @type {string | null} */
  #awaited = null;
  /** The conversation being begun: whatever needs one meanwhile waits for the same.
   * @type {Promise<string> | null} */
  #opening = null;
  #presence;
  /** @type {Item[]} */
  #past = [];
  #history = new History();
  /** The page knows every message in the log. */
  #caughtUp = true;
  #wishes;
  state = EMPTY;

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
    const held = () => storage.getItem(CONVERSATION);
    this.#presence = new Presence(client, held);
    this.#handOver = new HandOver({
      client,
      conversation: () => this.#conversation(),
      held,
      ticket: () => this.#transcript.view.ticket,
      changed: (change) => this.#set(change),
      now,
    });
    this.#follower = new Follower({
      client,
      place: () => {
        const conversation = held();
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
      handingOff: this.#handOver.asking,
      typedAt: this.#presence.typedAt,
      readTo: this.#presence.readTo,
      place: this.#handOver.place,
      callback: this.#handOver.callback,
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
    this.#handOver.forget();
    this.#wishes.forget();
    this.#set({ problem: null, restoring: false, reconnecting: false, ratings: new Map(), wishes: new Map() });
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
    // What was being begun for this message alone may be what hangs.
    if (!this.#handOver.asking) this.#opening = null;
    if (running) this.#transcript.note({ type: "local.stopped", data: { turn_id: running } }, this.#now());
    this.#set({ reconnecting: false });
    this.#follower.start(AFTER_STOP_MS);
  }

  #fresh() {
    this.#opening = null;
    this.#transcript = new Transcript();
    this.#history = new History();
    this.#caughtUp = true;
    this.#presence = new Presence(this.#client, () => this.#storage.getItem(CONVERSATION));
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
    if (this.state.items.length) this.#past = leftBehind(this.state.items, this.#now());
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
      this.#presence.glimpse(frame, this.#now());
      this.#set({});
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
    if (event.type === "agent.message") this.#presence.said();
    this.#set({
      restoring: this.state.restoring && !caughtUp,
      reconnecting: this.state.reconnecting && this.#awaited !== null,
    });
    if (!this.#history.has(event, answering)) this.#heard(event);
  }

  /** The customer is writing to a person. */
  typing() {
    if (this.#transcript.view.ticket?.status === "assigned") this.#presence.typing();
  }

  /** The customer has the newest words before their eyes. */
  look() {
    this.#presence.look(this.#transcript.view.items);
  }

  askPlace() {
    return this.#handOver.askPlace();
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
      await this.#handOver.callBack(at, contact);
      return {};
    });
  }

  /** Ask for a person. */
  askForPerson() {
    return this.#requestPerson("POST");
  }

  leaveQueue() {
    return this.#requestPerson("DELETE");
  }

  /** @param {"POST" | "DELETE"} method */
  async #requestPerson(method) {
    await this.#handOver.request(method);
    if (!this.#outbox.busy) this.#follower.start();
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
