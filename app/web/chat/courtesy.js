// @ts-check
/** What one side lets the other know while they talk: that one writes, how far one has read. Never more than needed. */

const TYPING_EVERY_MS = 3_000;

export class Courtesy {
  #tell;
  #typedAt = 0;
  #readTo = 0;

  /** @param {(path: "typing" | "read", body: object) => void} tell */
  constructor(tell) {
    this.#tell = tell;
  }

  typing() {
    const now = Date.now();
    if (now - this.#typedAt < TYPING_EVERY_MS) return;
    this.#typedAt = now;
    this.#tell("typing", {});
  }

  /** @param {number} sequence of the last message seen; 0 when there is none */
  read(sequence) {
    if (sequence <= this.#readTo) return;
    this.#readTo = sequence;
    this.#tell("read", { sequence });
  }
}
