// @ts-check
/**
 * "Tell me once there is an answer", beneath an answer that found none: what it means is said before it is agreed to,
 * and it can be taken back as easily.
 *
 * @typedef {"wanted" | "told" | undefined} WishState
 *
 * @typedef {object} WishProps
 * @property {WishState} state
 * @property {(on: boolean) => Promise<boolean>} set
 */
import { html, useId, useState } from "../html.js";
import { useWords } from "../words/index.js";
import { Icon } from "./icons.js";

/** @param {WishProps} props */
export function Wish({ state, set }) {
  const words = useWords().wish;
  const id = useId();
  const [busy, setBusy] = useState(false);
  if (state === "told") return null;
  const wanted = state === "wanted";
  const change = async () => {
    setBusy(true);
    await set(!wanted);
    setBusy(false);
  };
  return html`<div class=${wanted ? "wish is-wanted" : "wish"}>
    ${wanted
      ? html`<p role="status"><${Icon} name="check" />${words.wanted}</p>
          <button type="button" class="quiet" disabled=${busy} onClick=${change}>${words.takeBack}</button>`
      : html`<button type="button" class="soft" disabled=${busy} aria-describedby=${id} onClick=${change}>
            <${Icon} name="bell" />${words.ask}
          </button>
          <p id=${id}>${words.consent}</p>`}
  </div>`;
}
