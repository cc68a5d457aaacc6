// @ts-check
/** Who did what with this version, and when. */
import { html } from "../html.js";
import { may, useConsole } from "./context.js";
import { shownTime } from "./days.js";
import { RelianceView } from "./reliance.js";

/**
 * Services that keep no history still know the decisions.
 *
 * @param {import("../api/knowledge.js").Version} version
 */
function entriesOf(version) {
  if (version.history?.length) return version.history;
  const { created_at, editors, submitted_at, submitted_by, approved_at, approver, withdrawn_at, comment } = version;
  return [
    { at: created_at, actor: editors[0] ?? "", action: "upload", comment: "" },
    { at: submitted_at, actor: submitted_by ?? "", action: "submit", comment: "" },
    { at: approved_at, actor: approver ?? "", action: "approve", comment },
    { at: withdrawn_at, actor: "", action: "withdraw", comment },
  ].filter(({ at }) => at);
}

/** @param {{version: import("../api/knowledge.js").Version, path: string}} props */
export function History({ version, path }) {
  const { words, language, staff } = useConsole();
  const said = words.document;
  const answered = Boolean(version.approved_at) && may(staff, "approver", "editor", "evaluator");
  return html`<section class="stack" aria-label=${said.history.title}>
    <h2>${words.version(version.version)} · ${said.history.title}</h2>
    <ol class="history">
      ${entriesOf(version).map(
        ({ at, actor, action, comment }) => html`<li>
          <p><b>${said.history.actions[action] ?? action}</b>${actor && html`<span>${said.history.by(actor)}</span>`}</p>
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
