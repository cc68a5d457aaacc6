// @ts-check
/** What was said, by whom: the customer on one side, the bank's people on the other, the bot set apart from both. */
import { clockTime } from "../chat/times.js";
import { Icon } from "../chat/icons.js";
import { html } from "../html.js";
import { explain } from "../knowledge/loading.js";
import { Rich } from "../text/rich.js";
import { useDesk } from "./context.js";

// What the service puts in the place of personal data.
const MASKED = /\*{3,}|\[[^\]]{2,6}\]/;

/**
 * @typedef {object} EntryProps
 * @property {import("../chat/transcript.js").Item} item
 * @property {boolean} live
 * @property {boolean} read the customer has read up to here
 * @property {((sequence: number) => void) | null} reveal
 */

/** @param {EntryProps} props */
export function Entry({ item, live, read, reveal }) {
  const { words, desk } = useDesk();
  const said = words.talk;
  switch (item.kind) {
    case "customer":
      return html`<div class="line is-customer">
        <${Who} name=${said.customer} at=${item.at} />
        <p class="line-text">${item.text}</p>
        ${reveal &&
        MASKED.test(item.text) &&
        html`<button type="button" class="quiet small reveal" onClick=${() => reveal(item.sequence)}><${Icon} name="search" />${said.reveal}</button>`}
      </div>`;
    case "agent": {
      const own = !item.agent || item.agent === desk.agent;
      return html`<div class=${own ? "line is-own" : "line is-own is-colleague"}>
        <${Who} name=${own ? said.you : said.colleague(item.agent)} at=${item.at} />
        <p class="line-text">${item.text}</p>
        ${read && html`<p class="line-read"><${Icon} name="check" />${said.read}</p>`}
      </div>`;
    }
    case "note":
      return html`<p class="line-note">${said.notes[item.note]}</p>`;
    case "notice":
      return html`<p class="line-note">${item.text}</p>`;
    case "turn":
      return html`<${BotTurn} turn=${item} live=${live} />`;
  }
}

/** @param {{name: string, at: number}} props */
function Who({ name, at }) {
  const { language } = useDesk();
  return html`<p class="line-who"><b>${name}</b><time datetime=${new Date(at).toISOString()}>${clockTime(at, language)}</time></p>`;
}

/** @param {{turn: import("../chat/transcript.js").TurnItem, live: boolean}} props */
function BotTurn({ turn, live }) {
  const { words } = useDesk();
  const said = words.talk;
  const status = live ? said.status.running : said.status[turn.status];
  const sources = turn.citations;
  if (!turn.parts.length && !status) return null;
  return html`<div class="line is-bot">
    <p class="line-who"><b>${said.bot}</b>${status && html`<span class="line-status">${status}</span>`}</p>
    ${turn.parts.length > 0 && html`<div class="line-text"><${Rich} text=${turn.parts.join("")} cite=${(/** @type {number} */ n) => html`<sup>${n}</sup>`} /></div>`}
    ${sources.length > 0 &&
    html`<details class="fold is-inline line-sources">
      <summary>${said.sources(sources.length)}</summary>
      <ol>
        ${sources.map((source) => html`<li key=${source.n}><b>${[source.title, source.section].filter(Boolean).join(" › ")}</b><q>${source.quote}</q></li>`)}
      </ol>
    </details>`}
  </div>`;
}

/** @param {{one: import("./outbox.js").Outgoing, talk: import("./talk.js").Talk}} props */
export function Outgoing({ one, talk }) {
  const { words } = useDesk();
  const said = words.talk;
  const failed = one.state === "failed" || one.state === "stopped";
  const why = one.state === "stopped" ? said.stopped : explain(one.problem, words);
  return html`<div class=${failed ? "line is-own is-failed" : "line is-own is-going"}>
    <p class="line-text">${one.text}</p>
    <p class="line-read" role=${failed ? "alert" : undefined}>
      ${failed ? `${said.failed}：${why}` : one.state === "waiting" ? said.waiting : said.sending}
      ${failed &&
      html`<button type="button" class="quiet small" onClick=${() => talk.discard(one.key)}>${said.discard}</button>
        <button type="button" class="soft small" onClick=${() => talk.again(one.key)}>${words.retry}</button>`}
    </p>
  </div>`;
}
