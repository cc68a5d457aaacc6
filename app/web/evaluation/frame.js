// @ts-check
/** What stands around every view of the evaluation console. */
import { ConsoleFrame } from "../console_frame.js";
import { html } from "../html.js";
import { useBench } from "./context.js";
import { hrefTo } from "./routes.js";

const SECTIONS = /** @type {const} */ (["runs", "trends", "compare"]);
const ICONS = { runs: "archive", trends: "chart", compare: "scale" };

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
  const { words, staff } = useBench();
  const sections = SECTIONS.map((name) => ({ name, href: hrefTo({ page: name }), icon: ICONS[name], label: words.nav[name] }));
  const here = route.page === "run" || route.page === "case" ? "runs" : route.page;
  const place = `${route.page}/${route.run ?? ""}/${route.id ?? ""}`;
  return html`<${ConsoleFrame} words=${words} staff=${staff} sections=${sections} here=${here} place=${place} ...${around}>
    ${children}
  <//>`;
}
