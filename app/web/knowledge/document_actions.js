// @ts-check
/** The dialogs of governance: each says what will happen before it happens, and to whom. */
import { html } from "../html.js";
import { useConsole } from "./context.js";
import { longDay } from "./days.js";
import { Decision } from "./dialog.js";
import { ImpactSummary } from "./impact.js";
import { RelianceView } from "./reliance.js";

/**
 * @typedef {object} AskProps
 * @property {string} action
 * @property {import("../api/knowledge.js").Document} document
 * @property {import("../api/knowledge.js").Version} version
 * @property {string} day
 * @property {string} path of the version
 * @property {import("../api/knowledge.js").Impact | null} impact
 * @property {(document: import("../api/knowledge.js").Document) => void} put
 * @property {() => void} close
 */

/** @param {AskProps} props */
export function Ask({ action, document, version, day, path, impact, put, close }) {
  const { client, words, language, say } = useConsole();
  const name = /** @type {import("./steps.js").Action} */ (action);
  const { dialogs, actions, done } = words.document;
  /** @param {string} comment */
  const decide = async (comment) => {
    const rollback = name === "rollback";
    const to = rollback ? `/v1/documents/${encodeURIComponent(document.document_id)}/rollback` : `${path}/${name}`;
    const body = rollback ? { version: version.version, comment } : { comment };
    put(await client.json(to, { method: "POST", body }));
    say(done[name]);
  };
  const begins = version.valid_from && version.valid_from > day;
  const when = begins ? dialogs.approve.from(longDay(version.valid_from ?? day, language)) : dialogs.approve.now;
  const lead = name === "approve" ? dialogs.approve.lead(when) : dialogs[name].lead;
  const grave = name === "withdraw" || name === "rollback";
  return html`<${Decision}
    title=${`${dialogs[name].title} · ${version.title}`}
    lead=${lead}
    commentLabel=${dialogs[name].comment}
    action=${actions[name]}
    required=${name === "reject" || name === "withdraw"}
    grave=${grave}
    decide=${decide}
    close=${close}
  >
    ${name === "approve" && impact && html`<${ImpactSummary} impact=${impact} />`}
    ${name === "withdraw" && html`<${RelianceView} path=${path} />`}
  <//>`;
}
