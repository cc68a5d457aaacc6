// @ts-check
/** Who did what with this version, and when. */
import { html } from "../html.js";
import { may, useConsole } from "./context.js";
import { shownTime } from "./days.js";
import { RelianceView } from "./reliance.js";

/** @param {{version: import("../api/knowledge.js").Version, path: string}} props */
export function History({ version, path }) {
  const { words, language, staff } = useConsole();
  const said = words.document;
  const answered = Boolean(version.approved_at) && may(staff, "approver", "editor");
  return html`<section class="stack" aria-label=${said.history.title}>
    <h2>${words.version(version.version)} · ${said.history.title}</h2>
    <ol class="history">
      ${(version.history ?? []).map(
        ({ at, actor, action, comment }) => html`<li>
          <p><b>${said.history.actions[action] ?? action}</b>${actor && html`<span>${actor}</span>`}</p>
          <p class="faint">${shownTime(at, language)}</p>
          ${comment && html`<blockquote>${comment}</blockquote>`}
        </li>`,
      )}
    </ol>
    ${answered &&
    html`<h2>${said.reliance.title}</h2>
      <${RelianceView} path=${path} />`}
  </section>`;
}
