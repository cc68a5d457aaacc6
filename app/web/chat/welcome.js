// @ts-check
/** The page before the first question. */
import { html } from "../html.js";
import { useWords } from "../words/index.js";
import { Icon } from "./icons.js";

/** @param {{send: (text: string) => void, hotline: string}} props */
export function Welcome({ send, hotline }) {
  const words = useWords();
  return html`<section class="welcome">
    <div class="rosette" aria-hidden="true"></div>
    <h1>${words.welcome.greeting}</h1>
    <p class="welcome-lead">${words.welcome.lead}</p>
    <h2 class="welcome-starters">${words.welcome.starters}</h2>
    <ul class="starters">
      ${words.starters.map(
        ({ icon, topic, question }) => html`<li key=${topic}>
          <button type="button" class="starter" onClick=${() => send(question)}>
            <span class="starter-icon"><${Icon} name=${icon} /></span>
            <span class="starter-topic">${topic}</span>
            <span class="starter-question">${question}</span>
          </button>
        </li>`,
      )}
    </ul>
    <p class="urgent"><${Icon} name="shield" /><span>${words.welcome.urgent} <a href=${`tel:${hotline}`}>${hotline}</a></span></p>
  </section>`;
}
