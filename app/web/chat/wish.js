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
    if (busy) return;
    setBusy(true);
    await set(!wanted);
    setBusy(false);
  };
  // One button for both, so that the focus stays on it; the status stands there before it has anything to say.
  return html`<div class=${wanted ? "wish is-wanted" : "wish"}>
    <p role="status">${wanted && html`<${Icon} name="check" />${words.wanted}`}</p>
    <button
      type="button"
      class=${wanted ? "quiet" : "soft"}
      aria-disabled=${busy}
      aria-describedby=${wanted ? undefined : id}
      onClick=${change}
    >
      ${wanted ? words.takeBack : html`<${Icon} name="bell" />${words.ask}`}
    </button>
    ${!wanted && html`<p id=${id}>${words.consent}</p>`}
  </div>`;
}
