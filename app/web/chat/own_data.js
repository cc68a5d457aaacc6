// @ts-check
/**
 * What a customer may do with what is kept of them: take a copy, have it erased. Erasing asks once more, says what it
 * means, and tells afterwards what the law makes the bank keep and until when.
 */
import { html, useEffect, useId, useRef, useState } from "../html.js";
import { useWords } from "../words/index.js";

/**
 * @typedef {{reason: string, title: string, until: string}} Held
 * @typedef {{step: "idle" | "asking" | "busy" | "taken" | "failed", why?: string} | {step: "gone", held: Held[]}} State
 *
 * @typedef {object} OwnDataProps
 * @property {import("../api/client.js").Client} client
 * @property {(problem: Error, message: boolean) => string} explain
 * @property {() => void} erased begin afresh: the conversation on this page is gone
 */

const PATH = "/v1/customers/me/data";

/** @param {unknown} data */
function download(data) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([JSON.stringify(data, null, 2)], { type: "application/json" }));
  link.download = "wenda-data.json";
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

/** @param {OwnDataProps} props */
export function OwnData({ client, explain, erased }) {
  const words = useWords().ownData;
  const [state, set] = useState(/** @type {State} */ ({ step: "idle" }));
  const warning = useId();
  const summary = useRef(/** @type {HTMLElement | null} */ (null));
  const warned = useRef(/** @type {HTMLElement | null} */ (null));
  // The button that asked is gone; the warning is read before what it warns of can be pressed.
  useEffect(() => {
    if (state.step === "asking") warned.current?.focus();
  }, [state.step]);

  /** @param {() => Promise<State>} work */
  const run = async (work) => {
    set({ step: "busy" });
    try {
      set(await work());
    } catch (error) {
      set({ step: "failed", why: explain(/** @type {Error} */ (error), false) });
    }
  };
  const take = () =>
    run(async () => {
      download(await client.json(PATH));
      return { step: "taken" };
    });
  const erase = () => {
    summary.current?.focus();
    return run(async () => {
      const done = await client.json(PATH, { method: "DELETE" });
      erased();
      return { step: "gone", held: done.held };
    });
  };
  const cancel = () => {
    set({ step: "idle" });
    summary.current?.focus();
  };

  const busy = state.step === "busy";
  return html`<details class="own-data">
    <summary ref=${summary}>${words.title}</summary>
    <div class="own-data-box">
      ${state.step === "asking"
        ? html`<p id=${warning} ref=${warned} tabindex="-1">${words.warning}</p>
            <div class="own-data-actions">
              <button type="button" class="soft danger" aria-describedby=${warning} onClick=${erase}>${words.confirm}</button>
              <button type="button" class="quiet" onClick=${cancel}>${words.keep}</button>
            </div>`
        : html`<div class="own-data-actions">
            <button type="button" class="soft" disabled=${busy} onClick=${take}>${words.take}</button>
            <button type="button" class="quiet" disabled=${busy} onClick=${() => set({ step: "asking" })}>${words.erase}</button>
          </div>`}
      <div role="status">
        ${busy && html`<p>${words.busy}</p>`}
        ${state.step === "taken" && html`<p>${words.taken}</p>`}
        ${state.step === "failed" && html`<p class="own-data-problem">${state.why}</p>`}
        ${state.step === "gone" &&
        html`<p>${words.gone}</p>
          ${state.held.length > 0 &&
          html`<p>${words.held}</p>
            <ul>
              ${state.held.map((one) => html`<li>${words.reasons[one.reason] ?? one.title}${words.until(one.until)}</li>`)}
            </ul>`}`}
      </div>
    </div>
  </details>`;
}
