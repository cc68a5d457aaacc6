// @ts-check
/** The conversation from top to bottom; it stays at the newest words unless the reader has scrolled away. */
import { html, useEffect, useLayoutEffect, useState } from "../html.js";
import { useWords } from "../words/index.js";
import { Answer } from "./answer.js";
import { Icon } from "./icons.js";
import { useFollowing } from "./following.js";
import { clockTime } from "./times.js";

const PAUSE_MS = 5 * 60_000;
const TYPING_MS = 6_000;

/**
 * @typedef {object} ConversationProps
 * @property {import("./session.js").State} state
 * @property {import("./app.js").Deeds} deeds
 * @property {import("../words/index.js").Language} language
 * @property {import("../html.js").Child} children shown while nothing has been said
 */

/** @param {ConversationProps} props */
export function Conversation({ state, deeds, language, children }) {
  const words = useWords();
  const { items, outgoing } = state;
  const sending = outgoing.find((one) => one.state === "sending");
  const empty = !items.length && !outgoing.length;
  const { box, column, away, onScroll, toEnd } = useFollowing(empty);
  useLayoutEffect(() => {
    if (sending) toEnd();
  }, [sending?.key]);

  const last = items.at(-1);
  const newestTurn = items.findLast((item) => item.kind === "turn");
  const newest = sending || last?.kind === "customer" ? undefined : newestTurn?.key;
  const lastRead = items.findLast((item) => item.kind === "customer" && item.sequence <= state.readTo)?.key;
  let before = 0;
  return html`<main class="scroll" ref=${box} onScroll=${onScroll} tabindex="-1" aria-label=${words.conversation}>
    <div class="column" ref=${column}>
      ${empty && children}
      ${items.map((item) => {
        const paused = item.at - before > PAUSE_MS && item.kind !== "turn";
        before = item.at;
        return html`<div class="item" key=${item.key}>
          ${paused && html`<p class="pause"><time datetime=${new Date(item.at).toISOString()}>${clockTime(item.at, language)}</time></p>`}
          <${Entry} item=${item} state=${state} deeds=${deeds} language=${language} newest=${item.key === newest} read=${item.key === lastRead} />
        </div>`;
      })}
      ${state.ticket?.status === "assigned" && html`<${AgentTyping} at=${state.typedAt} />`}
      ${outgoing.map((one) => html`<${Unconfirmed} key=${one.key} message=${one} busy=${state.busy} deeds=${deeds} />`)}
      <${Suggestions} items=${items} busy=${state.busy} deeds=${deeds} />
    </div>
    ${away &&
    !empty &&
    html`<button type="button" class="newest" aria-label=${words.actions.newest} onClick=${toEnd}><${Icon} name="down" /></button>`}
  </main>`;
}

/**
 * @param {{item: import("./transcript.js").Item, state: import("./session.js").State, deeds: import("./app.js").Deeds,
 *   language: import("../words/index.js").Language, newest: boolean, read: boolean}} props read: the agent has read this far
 */
function Entry({ item, state, deeds, language, newest, read }) {
  const words = useWords();
  switch (item.kind) {
    case "customer":
      return html`<div class="asked"><p class="sr">${words.you}</p><p class="bubble">${item.text}</p>
        ${read && html`<p class="read">${words.read}</p>`}</div>`;
    case "agent":
      return html`<div class="spoken">
        <header><span class="agent-mark"><${Icon} name="person" /></span>${words.agent(item.agent)}
          <time datetime=${new Date(item.at).toISOString()}>${clockTime(item.at, language)}</time></header>
        <p class="bubble">${item.text}</p>
      </div>`;
    case "notice":
      return html`<div class="found" role="note">
        <${Icon} name="bell" />
        <div>
          <b>${words.found}</b>
          <p>${item.text}</p>
          ${item.question &&
          html`<button type="button" class="soft" disabled=${state.busy} onClick=${() => deeds.send(item.question)}>${words.wish.again}</button>`}
        </div>
      </div>`;
    case "note":
      return html`<p class="note">${item.text || words.ticket.notes[item.note]}</p>`;
    case "turn":
      return html`<${Answer}
        turn=${item}
        live=${item.id === state.running && item.status !== "stopped"}
        newest=${newest}
        deeds=${deeds}
        language=${language}
        rated=${state.ratings.get(item.id)}
        wish=${state.wishes.get(item.id)}
      />`;
  }
}

/** @param {{at: number}} props when the agent was last seen typing */
function AgentTyping({ at }) {
  const words = useWords();
  const [, redraw] = useState(0);
  useEffect(() => {
    const timer = setTimeout(() => redraw(at), TYPING_MS);
    return () => clearTimeout(timer);
  }, [at]);
  if (Date.now() - at >= TYPING_MS) return null;
  return html`<p class="progress"><span class="pulse" aria-hidden="true"></span>${words.typing}</p>`;
}

/** @param {{message: import("./outbox.js").Outgoing, busy: boolean, deeds: import("./app.js").Deeds}} props */
function Unconfirmed({ message, busy, deeds }) {
  const words = useWords();
  const { key, text, problem } = message;
  if (message.state === "sending") {
    return html`<div class="asked is-sending"><p class="bubble">${text}</p></div>
      <p class="progress"><span class="pulse" aria-hidden="true"></span><span class="sr">${words.message.sending}</span></p>`;
  }
  return html`<div class="asked is-unsent">
    <p class="bubble">${text}</p>
    <div class="unsent" role="alert">
      <p>${problem ? deeds.explain(problem, true) : words.message.unsent}</p>
      <button type="button" class="quiet" onClick=${() => deeds.discard(key)}>${words.actions.discard}</button>
      <button type="button" class="soft" disabled=${busy} onClick=${() => deeds.resend(key)}>
        <${Icon} name="retry" />${words.actions.resend}
      </button>
    </div>
  </div>`;
}

/** @param {{items: import("./transcript.js").Item[], busy: boolean, deeds: import("./app.js").Deeds}} props */
function Suggestions({ items, busy, deeds }) {
  const last = items.findLast((item) => item.kind !== "note");
  if (busy || last?.kind !== "turn" || !last.suggestions.length) return null;
  return html`<div class="suggestions">
    ${last.suggestions
      .filter((suggestion) => !deeds.meansPerson(suggestion))
      .map(
        (suggestion) => html`<button type="button" class="chip" key=${suggestion} onClick=${() => deeds.send(suggestion)}>
          ${suggestion}
        </button>`,
      )}
  </div>`;
}
