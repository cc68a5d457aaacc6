// @ts-check
/** Beside the document: how far it is, the one next step for this person, and the facts. */
import { Icon } from "../chat/icons.js";
import { html } from "../html.js";
import { useConsole } from "./context.js";
import { longDay, shownSpan, shownTime } from "./days.js";
import { explain } from "./loading.js";
import { go, hrefTo } from "./routes.js";
import { nextFor, wayOf } from "./steps.js";
import { periodsOf, Timeline } from "./timeline.js";

/**
 * @typedef {object} SideProps
 * @property {import("../api/knowledge.js").Document} document
 * @property {import("../api/knowledge.js").Version} version
 * @property {string} day
 * @property {string} path of the version, in the service
 * @property {(action: string) => void} ask
 * @property {string} tab
 */

/** @param {SideProps} props */
export function Side({ document, version, day, path, ask, tab }) {
  const { words } = useConsole();
  return html`<aside class="document-side">
    <section class="card">
      <${Way} version=${version} day=${day} />
      <${NextStep} document=${document} version=${version} day=${day} ask=${ask} tab=${tab} />
    </section>
    <section class="card">
      <h2>${words.document.versions}</h2>
      <${Timeline} periods=${periodsOf(document.versions)} day=${day} tall />
      <${Versions} document=${document} version=${version} day=${day} tab=${tab} />
    </section>
    <section class="card">
      <h2>${words.document.facts}</h2>
      <${Facts} version=${version} path=${path} />
    </section>
  </aside>`;
}

/** @param {{version: import("../api/knowledge.js").Version, day: string}} props */
function Way({ version, day }) {
  const { words } = useConsole();
  const { names, at } = wayOf(version, day);
  const ended = ["superseded", "withdrawn", "expired"].includes(version.status);
  return html`<ol class=${ended ? "way is-ended" : "way"} aria-label=${words.document.stepsLabel}>
    ${names.map((name, index) => {
      const last = index === names.length - 1;
      const label = last && ended ? words.statuses[version.status] : words.document.steps[name];
      return html`<li key=${name} class=${index < at ? "is-past" : ""} aria-current=${index === at ? "step" : undefined}>
        <span class="way-mark">${index < at ? html`<${Icon} name="check" />` : index + 1}</span>
        <span>${label}</span>
      </li>`;
    })}
  </ol>`;
}

/** @param {Pick<SideProps, "document" | "version" | "day" | "ask" | "tab">} props */
function NextStep({ document, version, day, ask, tab }) {
  const { words, staff, language } = useConsole();
  const next = nextFor(version, staff, day);
  const hints = /** @type {Record<string, string | ((value: string) => string)>} */ (words.document.hints);
  const said = hints[next.hint];
  const rejected = version.status === "draft" && version.comment && version.history?.at(-1)?.action.startsWith("reject");
  const newest = document.latest_version === version.version;
  const looksAtImpact = next.actions[0] === "approve" && tab !== "impact";
  return html`<div class="next">
    ${rejected && html`<p class="note is-trouble">${words.document.hints.rejected(version.comment)}</p>`}
    <p>${typeof said === "function" ? said(next.detail ? longDay(next.detail, language) : "") : said}</p>
    <div class="next-actions">
      ${looksAtImpact &&
      html`<a class="button soft" href=${hrefTo({ page: "document", id: document.document_id, version: version.version, tab: "impact" })}>
        ${words.document.actions.seeImpact}
      </a>`}
      ${next.actions.filter((action) => action !== "submit").map((action, index) => {
        const first = index === 0 && action !== "withdraw" && action !== "rollback";
        return html`<button key=${action} type="button" class=${first ? "solid" : "line"} onClick=${() => ask(action)}>
          ${words.document.actions[action]}
        </button>`;
      })}
      ${next.replaces &&
      newest &&
      html`<button
        type="button"
        class=${next.actions.length ? "line" : "solid"}
        onClick=${() => go({ page: "upload", query: { document: document.document_id } })}
      >
        <${Icon} name="upload" />${words.document.newVersion}
      </button>`}
    </div>
  </div>`;
}

/** @param {Pick<SideProps, "document" | "version" | "day" | "tab">} props */
function Versions({ document, version, day, tab }) {
  const { words } = useConsole();
  return html`<ul class="versions" aria-label=${words.document.chooseVersion}>
    ${[...document.versions].reverse().map((one) => {
      const later = one.status === "approved" && one.in_force_from && one.in_force_from > day;
      const approved = one.status === "approved" || one.status === "superseded" || one.status === "expired";
      const [from, to] = approved ? [one.in_force_from, one.in_force_to] : [one.valid_from, one.valid_to];
      return html`<li key=${one.version}>
        <a
          href=${hrefTo({ page: "document", id: document.document_id, version: one.version, tab: tab === "impact" ? "content" : tab })}
          aria-current=${one.version === version.version ? "true" : undefined}
        >
          <span class="versions-name">${words.version(one.version)}</span>
          <span class=${`pill is-${later ? "scheduled" : one.status}`}>${words.statuses[later ? "scheduled" : one.status]}</span>
          <span class="versions-days">${shownSpan(from, to, words)}</span>
        </a>
      </li>`;
    })}
  </ul>`;
}

/** @param {Pick<SideProps, "version" | "path">} props */
function Facts({ version, path }) {
  const { words, language, client, say } = useConsole();
  const { valid_from, valid_to, editors, submitted_by, approver, approved_at, file_name, size, passages, pages, audience } = version;
  /** @type {[string, import("../html.js").Child][]} */
  const facts = [
    [words.fields.valid_from ?? "", valid_from ? longDay(valid_from, language) : words.notSet],
    [words.fields.valid_to ?? "", valid_to ? longDay(valid_to, language) : words.forever],
    [words.fields.audience ?? "", words.audiences[audience] ?? audience],
    [words.document.editedBy, editors.join("、")],
    [words.document.submittedBy, submitted_by ?? ""],
    [words.document.approvedBy, approver ? `${approver}${approved_at ? ` · ${shownTime(approved_at, language)}` : ""}` : ""],
    [words.fields.file_name ?? "", file_name],
    [words.document.size, [shownSize(size), pages > 0 && words.document.pages(pages), passages > 0 && words.document.passages(passages)].filter(Boolean).join(" · ")],
  ];
  const download = async () => {
    try {
      const response = await client.send(`${path}/file`);
      const link = globalThis.document.createElement("a");
      link.href = URL.createObjectURL(await response.blob());
      link.download = file_name;
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
    } catch (problem) {
      say(explain(problem, words));
    }
  };
  return html`<dl class="facts">
      ${facts.filter(([, value]) => value).map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}
    </dl>
    <button type="button" class="quiet" onClick=${download}><${Icon} name="download" />${words.document.download}</button>`;
}

/** @param {number} bytes */
function shownSize(bytes) {
  if (!bytes) return "";
  return bytes < 1_000_000 ? `${Math.max(1, Math.round(bytes / 1000))} KB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}
