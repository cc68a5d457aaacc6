// @ts-check
/**
 * What an agent has to say in one ticket and the service does not have yet: the words being written, and the messages
 * on their way, in the order in which they were said. They go on when the agent looks at another ticket, and wait while
 * the network is away; a message keeps its key until the service has it, so that no lost network doubles it. All of it
 * lives as long as the page: it may hold personal data.
 *
 * @typedef {import("./warnings.js").Warning} Warning
 *
 * @typedef {object} Outgoing
 * @property {string} key
 * @property {string} text
 * @property {Check | null} check the output rails' last word before it goes out; null: it was looked at already
 * @property {"queued" | "sending" | "waiting" | "failed" | "stopped"} state queued: it never went out yet; waiting: the
 *   network is away, it goes out by itself; stopped: the sign-in ended before the service had answered
 * @property {Error | null} problem
 * @property {number} sequence its place in the log, once known; 0 before
 * @property {number} after its place in the log can only be behind this one; Infinity: it never went out yet
 *
 * @typedef {(text: string) => Promise<Warning[]>} Check
 *
 * @typedef {object} Field where the words are written, while it is on the screen
 * @property {(text: string) => void} show
 * @property {(held: string, about: string, warnings: Warning[]) => void} warn
 *   warnings about the first of the messages, which with those behind it has come back to be written on
 */
import { Problem } from "../api/client.js";
import { newKey } from "../api/keys.js";
import { wait } from "../chat/waiting.js";

const LONGEST_RETRY_MS = 8_000;

export class Outbox {
  #client;
  #ticket;
  #stopped = new AbortController();
  #sending = Promise.resolve();
  /** The highest number of the log known here. */
  #last = 0;
  #returned = false;
  /** @type {(() => void)[]} */
  #waiters = [];
  /** Who shows it at the moment. @type {(() => void) | null} */
  changed = null;
  /** A message failed or came back while nobody shows it. */
  troubled = () => {};
  /** @type {Outgoing[]} */
  outgoing = [];
  /** The words being written. */
  unsent = "";
  /** @type {Field | null} */
  field = null;

  /**
   * @param {import("../api/staff.js").StaffClient} client
   * @param {string} ticket
   */
  constructor(client, ticket) {
    this.#client = client;
    this.#ticket = ticket;
  }

  /** The sign-in has ended. What is on its way stays here with its key, until the person sends it again. */
  stop() {
    this.#stopped.abort();
    this.#set(
      this.outgoing.map((one) => (one.sequence || one.state === "failed" ? one : { ...one, state: "stopped", problem: null })),
    );
  }

  /** Something would be lost with this page. */
  get pending() {
    return this.unsent.trim() !== "" || this.outgoing.some((one) => !one.sequence);
  }

  /** A message did not go out by itself and will not. */
  get trouble() {
    return this.#returned || this.outgoing.some(({ state }) => state === "failed" || state === "stopped");
  }

  /** Until all that was said has arrived or is in trouble; a lost network is not waited for. */
  async settled() {
    const { outgoing } = this;
    const under = outgoing.some((one) => !one.sequence && (one.state === "queued" || one.state === "sending"));
    if (!under || outgoing.some(({ state }) => state === "waiting")) return;
    await new Promise((/** @type {(value?: undefined) => void} */ done) => this.#waiters.push(done));
    await this.settled();
  }

  /** @param {string} text the words being written, whoever wrote them */
  write(text) {
    this.unsent = text;
    if (!text) this.#returned = false;
    this.field?.show(text);
  }

  /**
   * Send one message; what was sent before goes first.
   *
   * @param {string} text
   * @param {Check | null} check null: it was looked at already
   */
  say(text, check) {
    this.#queue({ key: newKey(), text, check, state: "queued", problem: null, sequence: 0, after: Infinity });
  }

  /** @param {string} key of a message that failed or was stopped */
  again(key) {
    const one = this.#find(key);
    if (one?.state === "failed" || one?.state === "stopped") this.#queue(one);
  }

  /** @param {string} key */
  discard(key) {
    this.#set(this.outgoing.filter((one) => one.key !== key));
  }

  /**
   * The log may bring a message of this agent's before the answer to its sending does, or when that answer was lost.
   * The same words may have been said before: older ones, and those whose number is known, are not this message.
   *
   * @param {string} text
   * @param {number} sequence
   */
  arrived(text, sequence) {
    if (this.outgoing.some((one) => one.sequence === sequence)) return;
    const one = this.outgoing.find(
      (other) => !other.sequence && other.state !== "failed" && other.text === text && other.after < sequence,
    );
    if (one) this.#arrive(one.key, sequence);
  }

  /** The log is shown up to here. @param {number} last */
  shown(last) {
    this.#last = Math.max(this.#last, last);
    this.outgoing = this.outgoing.filter((one) => !one.sequence || one.sequence > last);
  }

  /** @param {Outgoing[]} outgoing */
  #set(outgoing) {
    this.outgoing = outgoing;
    this.changed?.();
    for (const waiter of this.#waiters.splice(0)) waiter();
  }

  /** @param {string} key @param {Partial<Outgoing>} change */
  #change(key, change) {
    this.#set(this.outgoing.map((one) => (one.key === key ? { ...one, ...change } : one)));
  }

  /** @param {string} key */
  #find(key) {
    return this.outgoing.find((one) => one.key === key);
  }

  /** @param {Outgoing} one */
  #queue(one) {
    if (this.#stopped.signal.aborted) this.#stopped = new AbortController();
    const { signal } = this.#stopped;
    const rest = this.outgoing.filter(({ key }) => key !== one.key);
    this.#set([...rest, { ...one, state: "queued", problem: null }]);
    this.#sending = this.#sending.then(() => this.#deliver(one.key, signal));
  }

  /** @param {string} key @param {AbortSignal} signal */
  async #deliver(key, signal) {
    const one = this.#find(key);
    // It was given back with one before it, or thrown away.
    if (!one || signal.aborted) return;
    const warnings = one.check ? await one.check(one.text) : [];
    if (signal.aborted) return;
    if (warnings.length) {
      this.#giveBack(one, warnings);
      return;
    }
    this.#change(key, { check: null, state: "sending", after: Math.min(one.after, this.#last) });
    for (let pause = 500; !signal.aborted; pause = Math.min(pause * 2, LONGEST_RETRY_MS)) {
      try {
        const told = await this.#client.json(`/v1/tickets/${encodeURIComponent(this.#ticket)}/messages`, {
          method: "POST",
          body: { text: one.text },
          headers: { "idempotency-key": key },
        });
        if (told?.sequence) this.#arrive(key, told.sequence);
        else this.discard(key);
        return;
      } catch (error) {
        if (error instanceof Problem && error.status < 500 && error.status !== 429) {
          this.#fail(one, error);
          return;
        }
        if (signal.aborted) return;
        this.#change(key, { state: "waiting" });
        await wait(pause, signal, true);
      }
    }
  }

  /** @param {string} key @param {number} sequence */
  #arrive(key, sequence) {
    this.#last = Math.max(this.#last, sequence);
    this.#change(key, { state: "sending", sequence });
  }

  /** Even one that the log seemed to hold already: another window's of the same words. @param {Outgoing} one @param {Problem} problem */
  #fail(one, problem) {
    if (!this.#find(one.key)) this.outgoing = [...this.outgoing, one];
    // The look at it may have been refused as well: it is looked at again.
    const { check } = one;
    this.#change(one.key, { check, state: problem.status === 401 ? "stopped" : "failed", problem, sequence: 0 });
    if (!this.changed) this.troubled();
  }

  /**
   * What was said after a doubtful message leans on it: it does not go out alone. What was written since stands behind.
   *
   * @param {Outgoing} one
   * @param {Warning[]} warnings
   */
  #giveBack(one, warnings) {
    const first = this.outgoing.findIndex(({ key }) => key === one.key);
    const held = this.outgoing.slice(first).filter(({ state }) => state === "queued");
    const words = held.map(({ text }) => text).join("\n");
    this.#set(this.outgoing.filter((other) => !held.includes(other)));
    this.#returned = true;
    this.write(this.unsent ? `${words}\n${this.unsent}` : words);
    this.field?.warn(words, one.text, warnings);
    if (!this.changed) this.troubled();
  }
}
