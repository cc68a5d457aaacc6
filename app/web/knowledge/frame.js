// @ts-check
/** What stands around every view of the knowledge console, and a view's own head. */
import { ConsoleFrame } from "../console_frame.js";
import { html } from "../html.js";
import { may, useConsole } from "./context.js";
import { hrefTo } from "./routes.js";

const SECTIONS = /** @type {const} */ (["documents", "search", "gaps", "freezes", "synonyms", "rails"]);
const ICONS = { documents: "document", search: "search", gaps: "question", freezes: "pin", synonyms: "equals", rails: "shield" };
/** @type {Record<string, string[]>} sections that only some may open */
const ONLY = { gaps: ["editor"], rails: ["editor", "approver", "evaluator"] };

/**
 * @typedef {object} FrameProps
 * @property {import("./routes.js").Route} route
 * @property {string} bank
 * @property {boolean} demo
 * @property {() => void} signOut
 * @property {() => void} openSettings
 * @property {string} said what was just done
 * @property {import("../html.js").Child} [children]
 */

/** @param {FrameProps} props */
export function Frame({ route, children, ...around }) {
  const { words, staff } = useConsole();
  const sections = SECTIONS.filter((name) => !ONLY[name] || may(staff, ...ONLY[name])).map((name) => ({
    name,
    href: hrefTo({ page: name }),
    icon: ICONS[name],
    label: words.nav[name],
    short: words.navShort[name],
  }));
  const here = route.page === "document" || route.page === "upload" ? "documents" : route.page;
  const place = `${route.page}/${route.id ?? ""}`;
  return html`<${ConsoleFrame} words=${words} staff=${staff} sections=${sections} here=${here} place=${place} ...${around}>
    ${children}
  <//>`;
}

/** @param {{title: string, lead?: string, children?: import("../html.js").Child}} props children: what can be done */
export function Head({ title, lead, children }) {
  return html`<header class="head">
    <div class="head-words">
      <h1>${title}</h1>
      ${lead && html`<p class="lead">${lead}</p>`}
    </div>
    ${children && html`<div class="head-actions">${children}</div>`}
  </header>`;
}
