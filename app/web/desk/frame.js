// @ts-check
/** What stands around every view: where one can go, whether one receives customers, and what was just done. */
import { Icon } from "../chat/icons.js";
import { html, useEffect, useRef, useState } from "../html.js";
import { explain } from "../knowledge/loading.js";
import { chooseSound, onSoundChosen, soundChosen } from "./bell.js";
import { useDesk } from "./context.js";
import { MeDialog } from "./me.js";
import { goToTicket } from "./routes.js";
import { KeysDialog, useShortcuts } from "./shortcuts.js";

/**
 * @typedef {object} FrameProps
 * @property {"tickets" | "figures"} page
 * @property {string} bank
 * @property {boolean} demo
 * @property {() => void} signOut
 * @property {() => void} openSettings
 * @property {string} said what was just done
 * @property {import("../html.js").Child} [children]
 */

/** @param {FrameProps} props */
export function Frame({ page, bank, demo, signOut, openSettings, said, children }) {
  const { words, staff, desk, say } = useDesk();
  const [sound, setSound] = useState(soundChosen);
  const [keys, setKeys] = useState(false);
  const [mine, setMine] = useState(false);
  const main = useRef(/** @type {HTMLElement | null} */ (null));
  useEffect(() => onSoundChosen(() => setSound(soundChosen())), []);
  const toggleSound = () => {
    chooseSound(!sound);
    setSound(!sound);
    say(sound ? words.sound.off : words.sound.on);
  };
  const toggleStatus = async () => {
    try {
      await desk.setMe({ status: away ? "online" : "away" });
    } catch (problem) {
      say(explain(problem, words));
    }
  };
  useShortcuts({
    "?": () => setKeys(true),
    m: toggleSound,
    g: () => {
      if (page === "figures") goToTicket(desk.state.open);
      else location.hash = "#/figures";
    },
  });
  const { me, connection } = desk.state;
  const away = me?.status === "away";
  return html`<a class="skip" href="#main" onClick=${(/** @type {Event} */ event) => {
      event.preventDefault();
      main.current?.focus();
    }}>${words.skip}</a>
    <div class="desk">
      <header class="desk-bar">
        <p class="brand">
          <span class="seal" aria-hidden="true">稳</span>
          <span class="brand-words"><span class="brand-bank">${bank}</span><span class="brand-line">${demo ? words.demo : words.tagline}</span></span>
        </p>
        <nav class="desk-nav" aria-label=${words.sections}>
          <a href="#/tickets" aria-current=${page === "tickets" ? "page" : undefined}><${Icon} name="speech" /><span>${words.nav.desk}</span></a>
          <a href="#/figures" aria-current=${page === "figures" ? "page" : undefined}><${Icon} name="chart" /><span>${words.nav.figures}</span></a>
        </nav>
        <div class="desk-me">
          ${me &&
          html`<button
            type="button"
            class=${away ? "status is-away" : "status"}
            aria-pressed=${!away}
            title=${away ? words.me.goOnline : words.me.goAway}
            onClick=${toggleStatus}
          >
            <span class="status-dot" aria-hidden="true"></span><span class="status-words">${away ? words.me.away : words.me.online}</span>
          </button>`}
          <${BarButton} icon=${sound ? "bell" : "bellOff"} label=${sound ? words.sound.on : words.sound.off} pressed=${sound} press=${toggleSound} />
          <${BarButton} icon="keyboard" label=${words.keys.open} press=${() => setKeys(true)} extra="is-wide-only" />
          ${me && html`<${BarButton} icon="person" label=${`${words.me.open} · ${staff.label || staff.name}`} press=${() => setMine(true)} />`}
          <${BarButton} icon="settings" label=${words.settings} press=${openSettings} />
          <${BarButton} icon="leave" label=${words.signOut} press=${signOut} />
        </div>
      </header>
      <div class="desk-connection" role="status">
        ${connection === "lost" && html`<p class="strip is-connection"><${Icon} name="offline" />${words.connection.lost}</p>`}
      </div>
      <main class="desk-main" id="main" ref=${main} tabindex="-1">${children}</main>
      <div class="toast" role="status">${said && html`<p>${said}</p>`}</div>
    </div>
    ${keys && html`<${KeysDialog} close=${() => setKeys(false)} />`}
    ${mine && html`<${MeDialog} close=${() => setMine(false)} />`}`;
}

/** @param {{icon: string, label: string, press: () => void, pressed?: boolean, extra?: string}} props */
function BarButton({ icon, label, press, pressed, extra = "" }) {
  return html`<button type="button" class=${`quiet icon-only ${extra}`} aria-label=${label} title=${label} aria-pressed=${pressed} onClick=${press}>
    <${Icon} name=${icon} />
  </button>`;
}
