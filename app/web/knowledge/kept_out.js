// @ts-check
/** What of a file did not become knowledge: hidden text, and what reads like orders to the assistant. */
import { Icon } from "../chat/icons.js";
import { html } from "../html.js";
import { useConsole } from "./context.js";

/** @param {{items: import("../api/knowledge.js").KeptOut[]}} props */
export function KeptOut({ items }) {
  const { words } = useConsole();
  const said = words.document.content;
  if (items.length === 0) return null;
  return html`<details class="fold is-care" open>
    <summary><${Icon} name="shield" />${said.quarantine(items.length)}</summary>
    <p>${said.quarantineLead}</p>
    <ul class="quarantine">
      ${items.map(
        ({ text, section, page, reason }) => html`<li>
          <p class="faint">
            ${[said.reasons[reason] ?? reason, section, page && words.page(page)].filter(Boolean).join(" · ")}
          </p>
          <blockquote>${text}</blockquote>
        </li>`,
      )}
    </ul>
  </details>`;
}
