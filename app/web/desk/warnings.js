// @ts-check
/** What the output rails think of a draft: asked for while it is written, shown with the words they stumble over. */
import { Icon } from "../chat/icons.js";
import { html, useEffect, useRef, useState } from "../html.js";
import { useDesk } from "./context.js";

/** @typedef {import("../api/desk.js").Warning} Warning */

const PAUSE_MS = 500;
// Nobody waits longer for a warning; it must never keep a message back.
const PATIENCE_MS = 1_500;
const SHORTEST = 4;

/**
 * @param {string} ticket
 * @param {string} text
 * @returns {{warnings: Warning[], of: string, look: (text: string) => Promise<Warning[]>, show: (of: string, warnings: Warning[]) => void}}
 *   of: the text they are about
 */
export function useWarnings(ticket, text) {
  const { client } = useDesk();
  const [state, set] = useState({ of: "", warnings: /** @type {Warning[]} */ ([]) });
  const latest = useRef("");
  const whole = text.trim();
  latest.current = whole;

  /** @param {string} asked @returns {Promise<Warning[]>} */
  const look = async (asked) => {
    const path = `/v1/tickets/${encodeURIComponent(ticket)}/check`;
    const signal = AbortSignal.timeout(PATIENCE_MS);
    try {
      const { warnings } = await client.json(path, { method: "POST", body: { text: asked }, signal });
      if (latest.current === asked) set({ of: asked, warnings });
      return warnings;
    } catch {
      return [];
    }
  };
  useEffect(() => {
    if ([...whole].length < SHORTEST || whole.startsWith("/")) {
      set({ of: whole, warnings: [] });
      return undefined;
    }
    const timer = setTimeout(() => void look(whole), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [whole, ticket]);
  return {
    // While one goes on writing, the last warnings stand until the next look.
    warnings: whole ? state.warnings : [],
    of: state.of,
    look,
    show: (of, warnings) => set({ of, warnings }),
  };
}

/** @param {{warnings: Warning[], text: string, confirming: boolean}} props */
export function Warnings({ warnings, text, confirming }) {
  const { words } = useDesk();
  const letters = [...text];
  return html`<div class="warnings" role="status">
    ${warnings.length > 0 &&
    html`<div class=${confirming ? "warnings-box is-firm" : "warnings-box"}>
      <p class="warnings-title"><${Icon} name="warn" />${words.reply.warnings}</p>
      <ul>
        ${warnings.map(({ rule_id, reason, spans }) => {
          const quoted = (spans ?? []).map(({ start, end }) => letters.slice(start, end).join("")).filter(Boolean);
          return html`<li key=${rule_id}>
            ${quoted.map((part) => html`<mark>${part}</mark>`)} ${words.warnings[reason] ?? words.otherWarning}
          </li>`;
        })}
      </ul>
    </div>`}
  </div>`;
}
