// @ts-check
/**
 * Server-sent events over a fetch stream, as the HTML standard parses them: any line ending, comments ignored, a frame
 * counts only once its blank line has arrived.
 *
 * @typedef {object} Frame
 * @property {string} id
 * @property {string} event
 * @property {string} data
 */

export class FrameParser {
  #rest = "";
  #event = "";
  /** @type {string[]} */
  #data = [];
  #id = "";
  #first = true;

  /**
   * @param {string} text the next characters of the stream
   * @returns {Frame[]} the frames they complete
   */
  feed(text) {
    this.#rest += text;
    if (this.#first && this.#rest) {
      this.#rest = this.#rest.replace(/^\uFEFF/, "");
      this.#first = false;
    }
    /** @type {Frame[]} */
    const frames = [];
    for (;;) {
      const end = this.#rest.search(/[\r\n]/);
      // A carriage return at the very end may be half of a line ending.
      if (end < 0 || (this.#rest[end] === "\r" && end === this.#rest.length - 1)) return frames;
      const width = this.#rest.startsWith("\r\n", end) ? 2 : 1;
      const frame = this.#line(this.#rest.slice(0, end));
      this.#rest = this.#rest.slice(end + width);
      if (frame) frames.push(frame);
    }
  }

  /**
   * @param {string} line
   * @returns {Frame | null}
   */
  #line(line) {
    if (line === "") {
      const frame = this.#data.length
        ? { id: this.#id, event: this.#event || "message", data: this.#data.join("\n") }
        : null;
      this.#event = "";
      this.#data = [];
      return frame;
    }
    const colon = line.indexOf(":");
    if (colon === 0) return null;
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (field === "data") this.#data.push(value);
    else if (field === "event") this.#event = value;
    else if (field === "id" && !value.includes("\0")) this.#id = value;
    return null;
  }
}

/**
 * The frames of a response as they arrive; ends with the response and throws when the connection breaks.
 *
 * @param {Response} response
 * @param {() => void} [onBytes] called for every piece, pings included
 * @returns {AsyncGenerator<Frame, void, void>}
 */
export async function* readFrames(response, onBytes) {
  if (!response.body) return;
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  const parser = new FrameParser();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      onBytes?.();
      yield* parser.feed(decoder.decode(value, { stream: true }));
    }
  } finally {
    reader.cancel().catch(() => undefined);
  }
}
