// @ts-check
/** One document: which version, in which state, what comes next, and everything one must see to decide. */
import { Icon } from "../chat/icons.js";
import { html, useEffect, useRef, useState } from "../html.js";
import { Content } from "./content.js";
import { may, useConsole } from "./context.js";
import { today } from "./days.js";
import { DiffView } from "./diff.js";
import { Ask } from "./document_actions.js";
import { Side } from "./document_side.js";
import { History } from "./history.js";
import { concerns, followImpact, ImpactView } from "./impact.js";
import { Trouble, useLoaded, Waiting } from "./loading.js";
import { Confirm } from "./metadata_form.js";
import { hrefTo } from "./routes.js";
import { hasFailed } from "./steps.js";
import { Pill, pillOf } from "./timeline.js";

/**
 * @typedef {import("../api/knowledge.js").Document} Document
 * @typedef {import("../api/knowledge.js").Version} Version
 * @typedef {"content" | "diff" | "impact" | "history"} Tab
 */

const TABS = /** @type {const} */ (["content", "diff", "impact", "history"]);
const SOON_MS = 700;
const LATEST_MS = 4_000;

/** While the service works on the version, look again, ever more seldom. */
function useFresh(/** @type {boolean} */ working, /** @type {() => void} */ reload, /** @type {unknown} */ seen) {
  const [wait, setWait] = useState(SOON_MS);
  useEffect(() => {
    if (!working) {
      setWait(SOON_MS);
      return undefined;
    }
    const timer = setTimeout(() => {
      setWait((before) => Math.min(LATEST_MS, before * 1.4));
      reload();
    }, wait);
    return () => clearTimeout(timer);
  }, [working, seen]);
}

/**
 * Which version one came to see: the one of the link, else the one that has work, else the one in force.
 *
 * @param {Document} document
 * @param {number | undefined} wanted
 */
function chosen({ versions, version, latest_status, latest_version }, wanted) {
  const open = latest_status === "draft" || latest_status === "in_review" ? latest_version : version;
  return versions.find((one) => one.version === wanted) ?? versions.find((one) => one.version === open) ?? versions.at(-1);
}

/** @param {{route: import("./routes.js").Route}} props */
export function DocumentPage({ route }) {
  const { client, words, staff } = useConsole();
  const id = route.id ?? "";
  const path = `/v1/documents/${encodeURIComponent(id)}`;
  const loaded = useLoaded((signal) => client.json(path, { signal }), [id, route.version]);
  const document = /** @type {Document | null} */ (loaded.data);
  const version = document ? chosen(document, route.version) : undefined;
  const [asked, setAsked] = useState("");
  const [confirming, setConfirming] = useState(0);
  const reviews = version?.status === "in_review" && may(staff, "approver");
  const tab = TABS.find((name) => name === route.tab) ?? (reviews ? "impact" : "content");
  const wantsImpact = Boolean(version?.ready) && (tab === "impact" || reviews);
  const impact = useLoaded(
    async (signal, put) =>
      version && wantsImpact ? followImpact(client, `${path}/versions/${version.version}`, signal, put) : null,
    [id, version?.version, wantsImpact, version?.status],
  );
  useFresh(Boolean(version && !version.ready && version.status === "draft" && !hasFailed(version)), loaded.reload, loaded.data);
  if (!document || !version) {
    return html`<div class="view">
      <${Back} />
      ${loaded.busy ? html`<${Waiting} />` : html`<${Trouble} problem=${loaded.problem} retry=${loaded.reload} missing=${words.problems.notFound} />`}
    </div>`;
  }
  const day = document.today ?? today();
  const at = `${path}/versions/${version.version}`;
  const count = concerns(/** @type {import("../api/knowledge.js").Impact | null} */ (impact.data));
  const open = version.ready || confirming === version.version;
  const confirms = version.status === "draft" && open && may(staff, "editor");
  const shared = { document, version, day, path: at, reload: loaded.reload, put: loaded.put };
  return html`<div class="view is-document">
    <${Back} />
    <header class="document-head">
      <h1>${version.title || document.path}</h1>
      <p class="document-facts">
        <${Pill} status=${pillOf(version, day)} />
        <span>${words.version(version.version)}</span>
        <span>${words.kinds[version.kind] ?? version.kind}</span>
        ${version.product_code && html`<span class="code">${version.product_code}</span>`}
        ${version.risk_level && html`<span>${version.risk_level}</span>`}
        ${version.audience === "staff" && html`<span class="badge">${words.audiences.staff}</span>`}
      </p>
    </header>
    <${Side} ...${shared} ask=${setAsked} tab=${tab} />
    <div class="document-main">
      <${Trouble} problem=${loaded.problem} retry=${loaded.reload} />
      ${confirms && html`<${Confirm}
        key=${version.version}
        ...${shared}
        setGoing=${(/** @type {boolean} */ going) => setConfirming(going ? version.version : 0)}
      />`}
      <${Tabs} id=${id} version=${version.version} tab=${tab} count=${count} />
      ${tab === "content" && html`<${Content} key=${version.version} ...${shared} />`}
      ${tab === "diff" && html`<${DiffView} key=${version.version} ...${shared} />`}
      ${tab === "impact" && html`<${ImpactView} impact=${impact} />`}
      ${tab === "history" && html`<${History} ...${shared} />`}
    </div>
    ${asked && html`<${Ask} ...${shared} action=${asked} impact=${impact.data} close=${() => setAsked("")} />`}
  </div>`;
}

/**
 * On a narrow screen they scroll sideways; the chosen one is always in sight.
 *
 * @param {{id: string, version: number, tab: string, count: number}} props count: what the impact has to say
 */
function Tabs({ id, version, tab, count }) {
  const { words } = useConsole();
  const nav = useRef(/** @type {HTMLElement | null} */ (null));
  useEffect(() => {
    const chosen = /** @type {HTMLElement | null | undefined} */ (nav.current?.querySelector("[aria-current]"));
    if (nav.current && chosen) nav.current.scrollLeft = chosen.offsetLeft - (nav.current.clientWidth - chosen.offsetWidth) / 2;
  }, [tab]);
  return html`<nav ref=${nav} class="tabs" aria-label=${words.document.tabsLabel}>
    ${TABS.map(
      (name) => html`<a key=${name} href=${hrefTo({ page: "document", id, version, tab: name })} aria-current=${name === tab ? "true" : undefined}>
        ${words.document.tabs[name]}${name === "impact" && count > 0 && html`<span class="count">${count}</span>`}
      </a>`,
    )}
  </nav>`;
}

function Back() {
  const { words } = useConsole();
  return html`<p class="back"><a href=${hrefTo({ page: "documents" })}><${Icon} name="left" />${words.document.back}</a></p>`;
}
