// @ts-check
/**
 * Follows a stream of events and comes back by itself after a dropped connection, from where it was.
 *
 * @typedef {object} FollowerParts
 * @property {{send: (path: string, ask: {headers: Record<string, string>, signal: AbortSignal}) => Promise<Response>}} client
 * @property {() => {path: string, after: number} | null} place what to follow and where to resume; null: nothing
 * @property {(frame: import("../api/sse.js").Frame) => void} receive
 * @property {(problem: unknown) => void} refused the service said no; the follower stops
 * @property {(connected: boolean) => void} connection
 */
import { Problem } from "../api/client.js";
import { readFrames } from "../api/sse.js";
import { wait } from "./waiting.js";

// The service pings every 15 s; a connection silent for this long is dead.
const SILENCE_MS = 45_000;
const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 15_000;

export class Follower {
  #parts;
  /** @type {AbortController | null} */
  #running = null;

  /** @param {FollowerParts} parts */
  constructor(parts) {
    this.#parts = parts;
  }

  /** @param {number} [delay] ms before the first connection */
  start(delay = 0) {
    if (this.#running) return;
    const stopped = new AbortController();
    this.#running = stopped;
    void this.#follow(stopped.signal, delay);
  }

  stop() {
    this.#running?.abort();
    this.#running = null;
  }

  /**
   * @param {AbortSignal} stopped
   * @param {number} delay
   */
  async #follow(stopped, delay) {
    let retry = FIRST_RETRY_MS;
    await wait(delay, stopped);
    while (!stopped.aborted) {
      const place = this.#parts.place();
      if (!place) break;
      const connection = new AbortController();
      const end = () => connection.abort();
      stopped.addEventListener("abort", end);
      let silence = setTimeout(end, SILENCE_MS);
      try {
        const response = await this.#parts.client.send(place.path, {
          headers: { accept: "text/event-stream", ...(place.after ? { "last-event-id": String(place.after) } : {}) },
          signal: connection.signal,
        });
        this.#parts.connection(true);
        const heard = () => {
          clearTimeout(silence);
          silence = setTimeout(end, SILENCE_MS);
        };
        for await (const frame of readFrames(response, heard)) {
          if (stopped.aborted) return;
          retry = FIRST_RETRY_MS;
          this.#parts.receive(frame);
        }
      } catch (error) {
        if (stopped.aborted) return;
        if (error instanceof Problem && error.status < 500 && error.status !== 429) {
          this.stop();
          this.#parts.refused(error);
          return;
        }
      } finally {
        clearTimeout(silence);
        stopped.removeEventListener("abort", end);
      }
      if (stopped.aborted) return;
      this.#parts.connection(false);
      await wait(retry * (0.75 + Math.random() / 2), stopped, true);
      retry = Math.min(retry * 2, LONGEST_RETRY_MS);
    }
    if (this.#running?.signal === stopped) this.#running = null;
  }
}
