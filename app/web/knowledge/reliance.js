// @ts-check
/** Who was answered from a version: what a withdrawal takes back. */
import { html } from "../html.js";
import { useConsole } from "./context.js";
import { shownTime } from "./days.js";
import { Trouble, useLoaded, Waiting } from "./loading.js";

const SHOWN = 20;

/** @param {{path: string}} props path of the version */
export function RelianceView({ path }) {
  const { client, words, language } = useConsole();
  const said = words.document.reliance;
  const loaded = useLoaded((signal) => client.json(`${path}/reliance?limit=${SHOWN}`, { signal }), [path]);
  const reliance = /** @type {import("../api/knowledge.js").Reliance | null} */ (loaded.data);
  if (!reliance) {
    return loaded.busy ? html`<${Waiting} />` : html`<${Trouble} problem=${loaded.problem} retry=${loaded.reload} />`;
  }
  if (reliance.turn_count === 0) return html`<p class="note">${said.none}</p>`;
  return html`<section class="reliance" aria-label=${said.title}>
    <p class="note is-trouble">${said.summary(reliance.turn_count, reliance.customer_count)}</p>
    <ul class="plain" tabindex="0">
      ${reliance.turns.map(
        ({ turn_id, question, asked_at, cited }) => html`<li key=${turn_id}>
          <span>${question}</span>
          <span class="faint">${shownTime(asked_at, language)}${cited ? ` · ${said.cited}` : ""}</span>
        </li>`,
      )}
    </ul>
  </section>`;
}
