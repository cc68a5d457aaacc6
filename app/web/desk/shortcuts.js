// @ts-check
/** One key, one deed: only while nothing is being written and no question is open, and only for those who want it. */
import { html, useEffect, useRef } from "../html.js";
import { Dialog } from "../knowledge/dialog.js";
import { openStorage } from "../storage.js";
import { useDesk } from "./context.js";

const KEY = "wenda.desk.keys";
const kept = openStorage("localStorage");
// These name no letter and stay useful to everyone.
const ALWAYS = ["?", "Escape"];

export function keysChosen() {
  return kept.getItem(KEY) !== "off";
}

/** @param {boolean} on */
function chooseKeys(on) {
  kept.setItem(KEY, on ? "on" : "off");
}

/**
 * @param {Record<string, () => void>} deeds by key, letters in lower case
 */
export function useShortcuts(deeds) {
  const now = useRef(deeds);
  now.current = deeds;
  useEffect(() => {
    const onKey = (/** @type {KeyboardEvent} */ event) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.defaultPrevented) return;
      const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
      const deed = now.current[key];
      if (!deed || (!keysChosen() && !ALWAYS.includes(key))) return;
      const at = event.target instanceof Element ? event.target : null;
      if (at?.closest("dialog[open]")) return;
      if (at?.closest("input, textarea, select, [contenteditable]")) return;
      event.preventDefault();
      deed();
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, []);
}

/** @param {{close: () => void}} props */
export function KeysDialog({ close }) {
  const { words } = useDesk();
  const said = words.keys;
  return html`<${Dialog} title=${said.title} close=${close} wide>
    <div class="keys">
      ${said.groups.map(
        ({ title, keys }) => html`<section key=${title}>
          <h3>${title}</h3>
          <dl>
            ${keys.map(([key, deed]) => html`<div key=${key}><dt><kbd>${key}</kbd></dt><dd>${deed}</dd></div>`)}
          </dl>
        </section>`,
      )}
    </div>
    <label class="check">
      <input
        type="checkbox"
        defaultChecked=${keysChosen()}
        onChange=${(/** @type {Event & {currentTarget: HTMLInputElement}} */ event) => chooseKeys(event.currentTarget.checked)}
      />
      ${said.single}
    </label>
    <p class="field-hint">${said.singleHint}</p>
  <//>`;
}
