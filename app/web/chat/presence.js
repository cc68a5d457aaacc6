// @ts-check
/**
 * What the customer and the agent of one conversation see of each other beside their words: who is writing, how far one
 * has read. Told in the numbers of that conversation's log, so that each conversation has its own.
 */
import { Courtesy } from "./courtesy.js";

export class Presence {
  #courtesy;
  /** When the agent was last seen typing, ms since 1970. */
  typedAt = 0;
  /** The number up to which the agent has read. */
  readTo = 0;

  /**
   * @param {import("../api/client.js").Client} client
   * @param {() => string | null} conversation its id, once there is one
   */
  constructor(client, conversation) {
    this.#courtesy = new Courtesy(async (path, body) => {
      const id = conversation();
      if (!id) return;
      try {
        await client.send(`/v1/conversations/${id}/${path}`, { method: "POST", body });
      } catch {
        // A courtesy; the next one may get through.
      }
    });
  }

  /** The customer is writing. */
  typing() {
    this.#courtesy.typing();
  }

  /**
   * The customer has the newest words before their eyes.
   *
   * @param {import("./transcript.js").Item[]} items of this conversation
   */
  look(items) {
    const last = items.findLast((item) => item.kind === "agent");
    if (last?.kind === "agent") this.#courtesy.read(last.sequence);
  }

  /**
   * What the service tells of the agent.
   *
   * @param {import("../api/sse.js").Frame} frame
   * @param {number} now
   */
  glimpse({ event, data }, now) {
    try {
      const { from, by, sequence } = JSON.parse(data);
      if (event === "typing" && from === "agent") this.typedAt = now;
      if (event === "read" && by === "agent") this.readTo = Math.max(this.readTo, Number(sequence));
    } catch {
      // Nothing depends on it.
    }
  }

  /** The agent has said it. */
  said() {
    this.typedAt = 0;
  }
}
