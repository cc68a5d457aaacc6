// @ts-check
/** Thumbs for one answer; a thumb down asks what was wrong before it is sent. */
import { html, useId, useState } from "../html.js";
import { useWords } from "../words/index.js";
import { Icon } from "./icons.js";

/**
 * @typedef {{rating: "up" | "down", tags: string[], comment: string}} Feedback
 * @typedef {object} FeedbackProps
 * @property {"up" | "down" | undefined} rated
 * @property {(feedback: Feedback) => Promise<boolean>} rate
 * @property {import("../html.js").Child} [children] the other actions, in the same row
 */

/** @param {FeedbackProps} props */
export function Feedback({ rated, rate, children }) {
  const words = useWords();
  const [asking, setAsking] = useState(false);
  const [thanked, setThanked] = useState(false);
  /** @param {Feedback} feedback */
  const send = async (feedback) => {
    if (!(await rate(feedback))) return;
    setAsking(false);
    setThanked(true);
  };
  return html`<div class="feedback">
    <div class="actions">
      ${children}
      <span class="actions-gap"></span>
      <button
        type="button"
        class="quiet icon-only"
        aria-pressed=${rated === "up"}
        aria-label=${words.actions.up}
        title=${words.actions.up}
        onClick=${() => send({ rating: "up", tags: [], comment: "" })}
      >
        <${Icon} name="up" />
      </button>
      <button
        type="button"
        class="quiet icon-only"
        aria-pressed=${rated === "down"}
        aria-expanded=${asking}
        aria-label=${words.actions.down}
        title=${words.actions.down}
        onClick=${() => setAsking(!asking)}
      >
        <${Icon} name="thumbDown" />
      </button>
    </div>
    ${asking && html`<${Reasons} send=${send} cancel=${() => setAsking(false)} />`}
    <p class="feedback-thanks" role="status">${thanked && !asking ? words.feedback.thanks : ""}</p>
  </div>`;
}

/** @param {{send: (feedback: Feedback) => void, cancel: () => void}} props */
function Reasons({ send, cancel }) {
  const words = useWords();
  const id = useId();
  const [tags, setTags] = useState(/** @type {string[]} */ ([]));
  const [comment, setComment] = useState("");
  /** @param {Event} event */
  const submit = (event) => {
    event.preventDefault();
    send({ rating: "down", tags, comment: comment.trim() });
  };
  /** @param {string} tag */
  const toggle = (tag) => setTags(tags.includes(tag) ? tags.filter((other) => other !== tag) : [...tags, tag]);
  return html`<form class="reasons" onSubmit=${submit} aria-labelledby=${id}>
    <p id=${id}>${words.feedback.ask}</p>
    <div class="chips">
      ${Object.entries(words.feedback.tags).map(
        ([tag, name]) => html`<button
          type="button"
          class="chip"
          key=${tag}
          aria-pressed=${tags.includes(tag)}
          onClick=${() => toggle(tag)}
        >
          ${name}
        </button>`,
      )}
    </div>
    <textarea
      rows="2"
      maxlength="500"
      aria-label=${words.feedback.comment}
      placeholder=${words.feedback.comment}
      value=${comment}
      onInput=${(/** @type {InputEvent & {target: HTMLTextAreaElement}} */ event) => setComment(event.target.value)}
    ></textarea>
    <div class="reasons-end">
      <button type="button" class="quiet" onClick=${cancel}>${words.feedback.cancel}</button>
      <button type="submit" class="solid">${words.feedback.send}</button>
    </div>
  </form>`;
}
