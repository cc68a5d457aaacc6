// @ts-check
/** Which unanswered questions the customer wants to be told of, as the service keeps them. */
import { Problem, Unreachable } from "../api/client.js";

/** @typedef {import("./wish.js").WishState} WishState */

export class Wishes {
  #client;
  #changed;
  /** By turn id.
   * @type {Map<string, WishState>} */
  states = new Map();

  /**
   * @param {import("../api/client.js").Client} client
   * @param {(problem: Problem | Unreachable | null) => void} changed with what went wrong, if anything did
   */
  constructor(client, changed) {
    this.#client = client;
    this.#changed = changed;
  }

  /** What was wished before this page was opened. @param {string} conversation */
  async restore(conversation) {
    try {
      const { notices } = await this.#client.json(`/v1/conversations/${conversation}/notices`);
      this.states = new Map(
        notices.map((/** @type {{turn_id: string, told_at: string | null}} */ one) => [one.turn_id, one.told_at ? "told" : "wanted"]),
      );
      this.#changed(null);
    } catch {
      // The control shows as not yet used; using it again changes nothing.
    }
  }

  /**
   * @param {string} turn
   * @param {boolean} on
   * @returns {Promise<boolean>} whether it arrived
   */
  async set(turn, on) {
    try {
      const path = `/v1/turns/${turn}/notice`;
      await this.#client.json(path, on ? { method: "PUT", body: { consent: true } } : { method: "DELETE" });
      this.states = new Map(this.states).set(turn, on ? "wanted" : undefined);
      this.#changed(null);
      return true;
    } catch (error) {
      if (error instanceof Problem && error.code === "already_told") this.states = new Map(this.states).set(turn, "told");
      this.#changed(error instanceof Problem ? error : new Unreachable());
      return false;
    }
  }

  forget() {
    this.states = new Map();
  }
}
