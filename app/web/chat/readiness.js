// @ts-check
/** Asks the service how ready it is: often while its model loads, seldom later, never while nobody looks. */
import { useEffect, useState } from "../html.js";

const LOADING_MS = 4_000;
const STEADY_MS = 60_000;

/**
 * @param {import("../api/client.js").Client} client
 * @returns {import("../api/types.js").Readiness | null} null: not known yet
 */
export function useReadiness(client) {
  const [readiness, set] = useState(/** @type {import("../api/types.js").Readiness | null} */ (null));
  useEffect(() => {
    let timer = 0;
    let over = false;
    const ask = async () => {
      clearTimeout(timer);
      if (document.hidden) return;
      let wait = LOADING_MS;
      try {
        const now = /** @type {import("../api/types.js").Readiness} */ (await client.open("/readyz"));
        if (over) return;
        if (now?.parts) set(now);
        if (now?.parts?.model?.status !== "loading" && now?.status === "ready") wait = STEADY_MS;
      } catch {
        // Not reachable: the conversation says so where it matters.
      }
      if (!over) timer = window.setTimeout(ask, wait);
    };
    document.addEventListener("visibilitychange", ask);
    void ask();
    return () => {
      over = true;
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", ask);
    };
  }, [client]);
  return readiness;
}
