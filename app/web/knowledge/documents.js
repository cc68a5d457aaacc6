// @ts-check
/** All documents: what waits for me, what answers today, and since when. */
import { Icon } from "../chat/icons.js";
import { html, useMemo, useState } from "../html.js";
import { may, useConsole } from "./context.js";
import { shownSpan, shownTime, today } from "./days.js";
import { Field, Select } from "./fields.js";
import { Head } from "./frame.js";
import { Empty, Trouble, useLoaded, Waiting } from "./loading.js";
import { go, hrefTo } from "./routes.js";
import { Pill, pillOf, Timeline } from "./timeline.js";

/** @typedef {import("../api/knowledge.js").Summary} Summary */

const SHOWN = 60;
const STATUSES = ["in_review", "draft", "approved", "superseded", "withdrawn", "expired"];

/**
 * @param {Summary} document
 * @param {{query: string, kind: string, status: string}} asked
 */
function matches(document, { query, kind, status }) {
  if (kind && document.kind !== kind) return false;
  if (status && document.status !== status && document.latest_status !== status) return false;
  const text = `${document.title} ${document.product_code ?? ""} ${document.path}`.toLowerCase();
  return query.toLowerCase().split(/\s+/).every((word) => text.includes(word));
}

/** @param {{asked: Record<string, string>}} props */
export function DocumentsPage({ asked }) {
  const { client, words, staff } = useConsole();
  const list = useLoaded((signal) => client.json("/v1/documents", { signal }), []);
  const [query, setQuery] = useState("");
  const [kind, setKind] = useState("");
  const [limit, setLimit] = useState(SHOWN);
  const status = asked.status ?? "";
  const documents = /** @type {Summary[]} */ (list.data?.documents ?? []);
  const day = list.data?.today ?? today();
  const found = useMemo(
    () => documents.filter((document) => matches(document, { query: query.trim(), kind, status })),
    [documents, query, kind, status],
  );
  const setStatus = (/** @type {string} */ chosen) => go({ page: "documents", query: chosen ? { status: chosen } : {} });
  const clear = () => {
    setQuery("");
    setKind("");
    setStatus("");
  };
  const editor = may(staff, "editor");
  return html`<div class="view">
    <${Head} title=${words.documents.title} lead=${words.documents.lead}>
      ${editor &&
      html`<a class="button solid" href=${hrefTo({ page: "upload" })}><${Icon} name="upload" />${words.documents.upload}</a>`}
    <//>
    <${Trouble} problem=${list.problem} retry=${list.reload} />
    ${!list.data && list.busy && html`<${Waiting} />`}
    ${list.data && documents.length === 0 && html`<${FirstSteps} editor=${editor} />`}
    ${documents.length > 0 &&
    html`<${Waitings} documents=${documents} status=${status} choose=${setStatus} />
      <div class="filters" role="search">
        <${Field} bare label=${words.documents.search} type="search" value=${query} change=${setQuery} placeholder=${words.documents.search} />
        <${Select}
          bare
          label=${words.documents.kindLabel}
          value=${kind}
          change=${setKind}
          options=${[["", words.documents.anyKind], ...Object.entries(words.kinds)]}
        />
        <${Select}
          bare
          label=${words.documents.statusLabel}
          value=${status}
          change=${setStatus}
          options=${[["", words.documents.anyStatus], ...STATUSES.map((name) => [name, words.statuses[name] ?? name])]}
        />
      </div>
      <div class="list-head">
        <p role="status">${words.documents.count(found.length)}</p>
        <p class="legend" aria-hidden="true">
          <span class="swatch is-now">${words.documents.inForceNow}</span>
          <span class="swatch is-future">${words.statuses.scheduled}</span>
          <span class="swatch is-draft">${words.statuses.draft}</span>
          <span class="swatch is-past">${words.statuses.superseded}</span>
        </p>
      </div>
      ${found.length === 0 &&
      html`<${Empty} title=${words.documents.noneTitle} lead=${words.documents.noneLead} icon="search">
        <button type="button" class="soft" onClick=${clear}>${words.documents.clear}</button>
      <//>`}
      <ul class="documents">
        ${found.slice(0, limit).map((document) => html`<${Row} key=${document.document_id} document=${document} day=${day} />`)}
      </ul>
      ${found.length > limit &&
      html`<button type="button" class="soft more" onClick=${() => setLimit(limit + SHOWN)}>${words.more(found.length - limit)}</button>`}`}
  </div>`;
}

/** @param {{document: Summary, day: string}} props */
function Row({ document, day }) {
  const { words, language } = useConsole();
  const { document_id, title, path, kind, product_code, version, status, latest_version, latest_status } = document;
  const newer = latest_version !== version;
  const pill = pillOf({ status, from: document.valid_from }, day);
  const periods = document.periods ?? [{ version, status, from: document.valid_from, to: document.valid_to }];
  // Who has work to do here looks at the newest version, everybody else at the one that answers.
  const opened = latest_status === "draft" || latest_status === "in_review" ? latest_version : version;
  return html`<li class="document">
    <div class="document-words">
      <h2><a href=${hrefTo({ page: "document", id: document_id, version: opened })}>${title || path}</a></h2>
      <p class="document-facts">
        <${Pill} status=${pill} />
        ${newer && latest_status !== status && html`<span class=${`pill is-${latest_status}`}>${words.documents.newer(words.version(latest_version), words.statuses[latest_status] ?? "")}</span>`}
        ${Boolean(document.warning_count) &&
        html`<span class="badge"><${Icon} name="warn" />${words.documents.warnings(document.warning_count ?? 0)}</span>`}
        <span>${words.kinds[kind] ?? kind}</span>
        ${product_code && html`<span class="code">${product_code}</span>`}
        <span>${words.version(version)}</span>
        ${document.approver && html`<span>${words.documents.approvedBy(document.approver)}</span>`}
        <span>${shownTime(document.updated_at, language)}</span>
      </p>
    </div>
    <div class="document-days">
      <${Timeline} periods=${periods} day=${day} />
      <p>${shownSpan(document.valid_from, document.valid_to, words)}</p>
    </div>
  </li>`;
}

/** @param {{documents: Summary[], status: string, choose: (status: string) => void}} props what waits for this person */
function Waitings({ documents, status, choose }) {
  const { words, staff } = useConsole();
  const reviews = documents.filter(({ latest_status }) => latest_status === "in_review").length;
  const drafts = documents.filter(({ latest_status }) => latest_status === "draft").length;
  const waiting = [
    may(staff, "approver") && reviews > 0 && { name: "in_review", title: words.documents.waiting(reviews), hint: words.documents.waitingHint },
    may(staff, "editor") && drafts > 0 && { name: "draft", title: words.documents.drafts(drafts), hint: words.documents.draftsHint },
  ].filter((one) => one !== false);
  if (status || waiting.length === 0) return null;
  return html`<ul class="waitings">
    ${waiting.map(
      ({ name, title, hint }) => html`<li key=${name}>
        <button type="button" class="waiting-card" onClick=${() => choose(name)}>
          <span class="waiting-words"><b>${title}</b><span>${hint}</span></span>
          <span class="waiting-go">${words.documents.showThese}<${Icon} name="right" /></span>
        </button>
      </li>`,
    )}
  </ul>`;
}

/** @param {{editor: boolean}} props */
function FirstSteps({ editor }) {
  const { words } = useConsole();
  return html`<${Empty} title=${words.documents.emptyTitle} lead=${words.documents.emptyLead}>
    <ol class="steps-list">${words.documents.steps.map((step) => html`<li>${step}</li>`)}</ol>
    ${editor && html`<a class="button solid" href=${hrefTo({ page: "upload" })}><${Icon} name="upload" />${words.documents.upload}</a>`}
  <//>`;
}
