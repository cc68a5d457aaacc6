// @ts-check
/** What stands around the conversation: the bar with the bank's name, the settings, the strips that tell the state. */
import { html, useId, useLayoutEffect, useRef } from "../html.js";
import { NAMES, useWords } from "../words/index.js";
import { Icon } from "./icons.js";

/**
 * @typedef {import("../preferences.js").Preferences} Preferences
 * @typedef {(change: Partial<Preferences>) => void} Change
 */

/** @param {{bank: string}} props */
export function Brand({ bank }) {
  const words = useWords();
  return html`<div class="brand">
    <span class="seal" aria-hidden="true">稳</span>
    <span class="brand-words"><span class="brand-bank">${bank}</span><span class="brand-line">${words.tagline}</span></span>
  </div>`;
}

/**
 * @typedef {object} BarProps
 * @property {string} bank
 * @property {Preferences} preferences
 * @property {Change} change
 * @property {boolean} waiting
 * @property {boolean} handingOff
 * @property {() => void} askForPerson
 * @property {() => void} openSettings
 */

/** @param {BarProps} props */
export function Bar({ bank, preferences, change, waiting, handingOff, askForPerson, openSettings }) {
  const words = useWords();
  const large = preferences.size === "large";
  return html`<header class="bar">
    <${Brand} bank=${bank} />
    <button
      type="button"
      class="quiet icon-only large-toggle"
      aria-pressed=${large}
      aria-label=${words.settings.largeToggle}
      title=${words.settings.largeToggle}
      onClick=${() => change({ size: large ? "normal" : "large" })}
    >
      <span class="large-letter" aria-hidden="true">${preferences.language === "en" ? "A" : "大"}</span>
    </button>
    <button type="button" class="quiet icon-only open-settings" aria-label=${words.settings.open} onClick=${openSettings}>
      <${Icon} name="settings" />
    </button>
    <button
      type="button"
      class="soft ask-person"
      aria-label=${words.actions.person}
      disabled=${waiting || handingOff}
      onClick=${askForPerson}
    >
      <${Icon} name="person" /><span>${handingOff ? words.ticket.asking : words.actions.personShort}</span>
    </button>
  </header>`;
}

/** @param {{preferences: Preferences, change: Change, restart?: () => void, children?: import("../html.js").Child}} props */
export function Settings({ preferences, change, restart, children }) {
  const words = useWords();
  return html`<div class="settings">
    <${Choice} name="size" title=${words.settings.size} options=${words.settings.sizes} chosen=${preferences.size} change=${change} />
    <${Choice} name="theme" title=${words.settings.theme} options=${words.settings.themes} chosen=${preferences.theme} change=${change} />
    <${Choice} name="language" title=${words.settings.language} options=${NAMES} chosen=${preferences.language} change=${change} />
    ${restart &&
    html`<button type="button" class="soft restart" onClick=${restart}><${Icon} name="plus" />${words.actions.newConversation}</button>`}
    ${children}
  </div>`;
}

/**
 * @param {{name: keyof Preferences, title: string, options: Record<string, string>, chosen: string, change: Change}} props
 */
function Choice({ name, title, options, chosen, change }) {
  // The rail and the sheet may both stand in the page; each needs a group of its own.
  const group = useId();
  return html`<fieldset class="choice">
    <legend>${title}</legend>
    <div class="choice-options">
      ${Object.entries(options).map(
        ([value, label]) => html`<label key=${value}>
          <input type="radio" name=${group} value=${value} checked=${value === chosen} onChange=${() => change({ [name]: value })} />
          <span lang=${name === "language" ? value : undefined}>${label}</span>
        </label>`,
      )}
    </div>
  </fieldset>`;
}

/** @param {{close: () => void, children?: import("../html.js").Child}} props */
export function SettingsSheet({ close, children }) {
  const words = useWords();
  const dialog = useRef(/** @type {HTMLDialogElement | null} */ (null));
  useLayoutEffect(() => {
    const opener = document.activeElement;
    dialog.current?.showModal();
    return () => {
      if (opener instanceof HTMLElement && opener.isConnected) opener.focus();
    };
  }, []);
  return html`<dialog
    ref=${dialog}
    class="sheet is-settings"
    aria-labelledby="settings-title"
    onClose=${close}
    onClick=${(/** @type {MouseEvent} */ event) => event.target === dialog.current && close()}
  >
    <div class="sheet-box">
      <header class="sheet-head">
        <h2 id="settings-title">${words.settings.title}</h2>
        <button type="button" class="quiet icon-only" aria-label=${words.settings.close} onClick=${close}><${Icon} name="close" /></button>
      </header>
      ${children}
    </div>
  </dialog>`;
}

/**
 * @typedef {object} StripsProps
 * @property {import("../api/types.js").Readiness | null} readiness
 * @property {boolean} offline
 * @property {import("./session.js").State} state
 */

/** @param {StripsProps} props */
export function Strips({ readiness, offline, state }) {
  const words = useWords();
  const model = readiness?.parts.model;
  const loading = model?.status === "loading";
  const connection = offline
    ? words.banners.offline
    : state.reconnecting
      ? words.banners.reconnecting
      : state.restoring
        ? words.banners.restoring
        : "";
  const ready = !readiness || readiness.status === "ready";
  const modelSaid = !model || model.status === "ready" ? "" : loading ? words.banners.loading(model.percent ?? null) : words.banners.modelDown;
  return html`<div class="strips">
    ${readiness?.demo && html`<p class="strip is-demo">${words.banners.demo}</p>`}
    <div role="status">
      ${!ready && html`<p class="strip">${words.banners.notReady}</p>`}
      ${connection && html`<p class="strip is-connection">${offline && html`<${Icon} name="offline" />`}${connection}</p>`}
    </div>
    ${ready &&
    modelSaid &&
    html`<div class="strip is-model">
      ${loading && html`<progress max="100" value=${model?.percent ?? undefined} aria-label=${modelSaid}></progress>`}
      <span>${modelSaid}</span>
    </div>`}
  </div>`;
}
