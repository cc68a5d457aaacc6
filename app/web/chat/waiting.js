// @ts-check

/**
 * Wait; an abort ends it early without an error, and so does the return of the network when asked.
 *
 * @param {number} ms
 * @param {AbortSignal} stopped
 * @param {boolean} [untilOnline]
 * @returns {Promise<void>}
 */
export function wait(ms, stopped, untilOnline = false) {
  if (stopped.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      stopped.removeEventListener("abort", done);
      window.removeEventListener("online", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    stopped.addEventListener("abort", done);
    if (untilOnline) window.addEventListener("online", done);
  });
}
