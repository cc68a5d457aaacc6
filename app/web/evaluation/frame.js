// @ts-check
/** What stands around every view: where one can go, who one is, and what was just done. */
import { Icon } from "../chat/icons.js";
import { html, useEffect, useRef } from "../html.js";
import { useBench } from "./context.js";
import { hrefTo } from "./routes.js";

const SECTIONS = /** @type {const} */ (["runs", "trends", "compare"]);
const ICONS = { runs: "archive", trends: "chart", compare: "scale" };

/** @param {{page: string, bar?: boolean}} props */
function Sections({ page, bar = false }) {
  const { words } = useBench();
  const here = page === "run" || page === "case" ? "runs" : page;
  return html`<nav class=${bar ? "tabs-bar" : "nav"} aria-label=${words.sections}>
    <ul>
      ${SECTIONS.map(
        (name) => html`<li key=${name}>
          <a href=${hrefTo({ page: name })} aria-current=${name === here ? "page" : undefined}>
            <${Icon} name=${ICONS[name]} /><span>${words.nav[name]}</span>
          </a>
        </li>`,
      )}
    </ul>
  </nav>`;
}

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
export function Frame({ route, bank, demo, signOut, openSettings, said, children }) {
  const { words, staff } = useBench();
  const main = useRef(/** @type {HTMLElement | null} */ (null));
  const place = `${route.page}/${route.run ?? ""}/${route.id ?? ""}`;
  const arrived = useRef(place);
  useEffect(() => {
    if (arrived.current === place) return;
    arrived.current = place;
    // A new view begins at its top, and a screen reader begins to read there.
    main.current?.scrollTo(0, 0);
    main.current?.focus({ preventScroll: true });
  }, [place]);
  const role = staff.roles.map((name) => words.roles[name] ?? name).join("、");
  const brand = html`<p class="brand">
    <span class="seal" aria-hidden="true">稳</span>
    <span class="brand-words"><span class="brand-bank">${bank}</span><span class="brand-line">${words.tagline}</span></span>
  </p>`;
  const person = html`<div class="who">
    <p><${Icon} name="person" /><span><b>${staff.name}</b><span class="who-role">${role}</span></span></p>
    <button type="button" class="quiet icon-only" aria-label=${words.settings} title=${words.settings} onClick=${openSettings}>
      <${Icon} name="settings" />
    </button>
    <button type="button" class="quiet icon-only" aria-label=${words.signOut} title=${words.signOut} onClick=${signOut}>
      <${Icon} name="leave" />
    </button>
  </div>`;
  return html`<a class="skip" href="#main" onClick=${(/** @type {Event} */ event) => {
      event.preventDefault();
      main.current?.focus();
    }}>${words.skip}</a>
    <div class="console">
      <aside class="console-rail">
        ${brand}
        <${Sections} page=${route.page} />
        <div class="rail-end">${demo && html`<p class="faint">${words.demo}</p>`}${person}</div>
      </aside>
      <header class="console-bar">${brand}${person}</header>
      <main class="console-main" id="main" ref=${main} tabindex="-1">${children}</main>
      <${Sections} page=${route.page} bar />
      <div class="toast" role="status">${said && html`<p><${Icon} name="check" />${said}</p>`}</div>
    </div>`;
}
