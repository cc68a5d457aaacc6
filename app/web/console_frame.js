// @ts-check
/** What stands around every view of a staff console: where one can go, who one is, and what was just done. */
import { Icon } from "./chat/icons.js";
import { html, useEffect, useRef } from "./html.js";

/**
 * @typedef {object} Section
 * @property {string} name
 * @property {string} href
 * @property {string} icon
 * @property {string} label
 * @property {string} [short] where there is little room
 *
 * @typedef {object} FrameWords
 * @property {string} sections
 * @property {string} tagline
 * @property {Record<string, string>} roles
 * @property {string} settings
 * @property {string} signOut
 * @property {string} skip
 * @property {string} demo
 *
 * @typedef {object} ConsoleFrameProps
 * @property {FrameWords} words
 * @property {import("./api/staff.js").Staff} staff
 * @property {Section[]} sections
 * @property {string} here the section one is in
 * @property {string} place the view; another one begins at its top
 * @property {string} bank
 * @property {boolean} demo
 * @property {() => void} signOut
 * @property {() => void} openSettings
 * @property {string} said what was just done
 * @property {import("./html.js").Child} [children]
 */

/** @param {{words: FrameWords, sections: Section[], here: string, short?: boolean}} props */
function Sections({ words, sections, here, short = false }) {
  return html`<nav class=${short ? "tabs-bar" : "nav"} aria-label=${words.sections}>
    <ul>
      ${sections.map(
        (one) => html`<li key=${one.name}>
          <a href=${one.href} aria-current=${one.name === here ? "page" : undefined}>
            <${Icon} name=${one.icon} /><span>${(short && one.short) || one.label}</span>
          </a>
        </li>`,
      )}
    </ul>
  </nav>`;
}

/** @param {ConsoleFrameProps} props */
export function ConsoleFrame({ words, staff, sections, here, place, bank, demo, signOut, openSettings, said, children }) {
  const main = useRef(/** @type {HTMLElement | null} */ (null));
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
    <p><${Icon} name="person" /><span><b>${staff.label || staff.name}</b><span class="who-role">${role}</span></span></p>
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
        <${Sections} words=${words} sections=${sections} here=${here} />
        <div class="rail-end">${demo && html`<p class="faint">${words.demo}</p>`}${person}</div>
      </aside>
      <header class="console-bar">${brand}${person}</header>
      <main class="console-main" id="main" ref=${main} tabindex="-1">${children}</main>
      <${Sections} words=${words} sections=${sections} here=${here} short />
      <div class="toast" role="status">${said && html`<p><${Icon} name="check" />${said}</p>`}</div>
    </div>`;
}
