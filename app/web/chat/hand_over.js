// @ts-check
/**
 * The request for a person, as far as the log does not tell it: that it is under way, the place in the queue as last
 * asked, the call back that was booked. Both name their ticket, so that nothing told of one passes for another's.
 *
 * @typedef {{ticket_id: string, position?: number, estimate_s?: number | null, told_at: number}} Place told_at: ms since
 *   1970
 * @typedef {{ticket_id: string, at: string, contact_masked: string}} Callback
 *
 * @typedef {object} HandOverParts
 * @property {import("../api/client.js").Client} client
 * @property {() => Promise<string>} conversation the id, begun if need be
 * @property {() => string | null} held the id, if there is one
 * @property {() => {ticket_id: string, status: string} | null} ticket
 * @property {(change: {problem?: Problem | Unreachable | null}) => void} changed problem: what went wrong
 * @property {() => number} now
 */
import { Problem, Unreachable } from "../api/client.js";

export class HandOver {
  #parts;
  /** The request under way.
   * @type {object | null} */
  #request = null;
  /** @type {Place | null} */
  place = null;
  /** @type {Callback | null} */
  callback = null;

  /** @param {HandOverParts} parts */
  constructor(parts) {
    this.#parts = parts;
  }

  get asking() {
    return this.#request !== null;
  }

  /** The conversation was left: what still comes of it is no matter any more. */
  forget() {
    this.#request = null;
    this.place = null;
    this.callback = null;
  }

  /**
   * Ask for a person, or leave the queue.
   *
   * @param {"POST" | "DELETE"} method
   */
  async request(method) {
    if (this.#request) return;
    const { client, conversation, changed } = this.#parts;
    const request = {};
    this.#request = request;
    changed({ problem: null });
    /** @type {Problem | Unreachable | null} */
    let problem = null;
    try {
      const id = await conversation();
      if (this.#request !== request) return;
      const body = method === "POST" ? { body: {} } : {};
      await client.json(`/v1/conversations/${id}/handoff`, { method, ...body });
    } catch (error) {
      problem = error instanceof Problem ? error : new Unreachable();
    }
    if (this.#request !== request) return;
    this.#request = null;
    changed({ problem });
  }

  /** Ask where in the queue we are; a service that does not say leaves what was told at first. */
  async askPlace() {
    const { client, held, ticket, changed, now } = this.#parts;
    const id = held();
    if (!id || ticket()?.status !== "queued") return;
    try {
      const place = await client.json(`/v1/conversations/${id}/handoff`);
      if (place.status !== "queued") return;
      this.place = { ...place, told_at: now() };
      changed({});
    } catch {
      // The first word stands.
    }
  }

  /**
   * @param {string} at one of the offered times
   * @param {string} contact
   */
  async callBack(at, contact) {
    const { client, held, ticket } = this.#parts;
    const queued = ticket();
    const path = `/v1/conversations/${held()}/callback`;
    const callback = await client.json(path, { method: "POST", body: { at, contact } });
    if (queued) this.callback = { ...(callback.callback ?? callback), ticket_id: queued.ticket_id };
  }
}
