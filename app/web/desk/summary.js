// @ts-check
/** What is known of the customer and the matter, most useful first; facts by the system, prose marked as the model's. */
import { Icon } from "../chat/icons.js";
import { html } from "../html.js";
import { shownTime } from "../knowledge/days.js";
import { useDesk } from "./context.js";
import { shortId } from "./talk_column.js";

/**
 * @typedef {import("../api/desk.js").Ticket} Ticket
 * @typedef {import("../api/desk.js").Summary} SummaryFacts
 */

/** @param {{ticket: Ticket, use: ((text: string) => void) | null}} props use: put a text into the reply */
export function Summary({ ticket, use }) {
  const { words } = useDesk();
  const said = words.summary;
  const summary = ticket.summary ?? {};
  const wants = summary.wants || summary.question || ticket.question;
  return html`<div class="side-body">
    ${wants && html`<${Part} title=${said.wants}><p class="side-wants">${wants}</p><//>`}
    ${ticket.transfer?.comment ? html`<${Part} title=${said.transferred(ticket.transfer.agent)}><p>${ticket.transfer.comment}</p><//>` : null}
    <${Suggested} suggested=${summary.suggested_reply} use=${use} />
    <${Mood} emotion=${summary.emotion} />
    <${Who} ticket=${ticket} who=${summary.who} />
    ${summary.open_questions?.length
      ? html`<${Part} title=${said.openQuestions}><ul class="side-list">${summary.open_questions.map((one) => html`<li>${one}</li>`)}</ul><//>`
      : null}
    <${Entities} entities=${summary.entities} />
    <${TriedPart} tried=${summary.tried} />
    ${summary.rails?.length
      ? html`<${Part} title=${said.rails}>
          <ul class="side-list">${summary.rails.map((rail) => html`<li key=${rail.rule_id}>${rail.catches || words.reasons[rail.reason] || rail.rule_id}</li>`)}</ul>
        <//>`
      : null}
    ${ticket.resolution
      ? html`<${Part} title=${said.resolution}>
          <p>${ticket.resolution}</p>
          ${ticket.draft ? html`<p class="faint">${said.drafted}</p>` : null}
        <//>`
      : null}
    <${Rated} title=${said.ratedPerson} rating=${ticket.ratings?.person} about="person" />
    <${Rated} title=${said.ratedBot} rating=${ticket.ratings?.bot} about="bot" />
    ${summary.prose
      ? html`<${Part} title=${said.prose} extra="is-prose"><p>${summary.prose.text}</p><//>`
      : null}
    ${wants && html`<p class="side-facts">${said.facts}</p>`}
    ${!wants && html`<p class="faint">${said.nothing}</p>`}
  </div>`;
}

/** @param {{title: string, extra?: string, children?: import("../html.js").Child}} props */
function Part({ title, extra = "", children }) {
  return html`<section class=${`side-part ${extra}`}><h3>${title}</h3>${children}</section>`;
}

/** @param {{suggested: SummaryFacts["suggested_reply"], use: ((text: string) => void) | null}} props */
function Suggested({ suggested, use }) {
  const { words } = useDesk();
  const said = words.summary;
  if (!suggested) return null;
  return html`<section class="side-part is-suggested">
    <h3>${said.suggested}</h3>
    <p>${suggested.text}</p>
    ${suggested.passages.length > 0 &&
    html`<details class="fold is-inline">
      <summary>${said.basis} ${suggested.passages.length}</summary>
      <ul class="side-quotes">
        ${suggested.passages.map((one) => html`<li key=${one.passage_id}><b>${[one.title, one.section].filter(Boolean).join(" › ")}</b><q>${one.quote}</q></li>`)}
      </ul>
    </details>`}
    ${use && html`<button type="button" class="soft small" aria-label=${said.useKey} onClick=${() => use(suggested.text)}>${said.use}<kbd aria-hidden="true">S</kbd></button>`}
  </section>`;
}

/**
 * What the customer thought, in their words and ours.
 *
 * @param {{title: string, rating: import("../api/desk.js").GivenRating | null | undefined, about: "bot" | "person"}} props
 */
function Rated({ title, rating, about }) {
  const { words } = useDesk();
  if (!rating) return null;
  return html`<${Part} title=${title}>
    <p class="tags"><b>${words.figures.score(rating.score)}</b>${rating.reasons.map((one) => html`<span key=${one}>${words.figures.reasons[about][one] ?? one}</span>`)}</p>
    ${rating.comment && html`<q>${rating.comment}</q>`}
  <//>`;
}

/** @param {{emotion: SummaryFacts["emotion"]}} props */
function Mood({ emotion }) {
  const { words } = useDesk();
  const said = words.summary;
  if (!emotion) return null;
  return html`<${Part} title=${said.emotion}>
    <p class="side-mood"><span class=${`mood is-${emotion.label}`}>${said.emotions[emotion.label] ?? emotion.label}</span>
      ${emotion.because.map((one) => html`<q>${one}</q>`)}</p>
  <//>`;
}

/** @param {{ticket: Ticket, who: SummaryFacts["who"]}} props */
function Who({ ticket, who }) {
  const { words, language } = useDesk();
  const said = words.summary;
  return html`<${Part} title=${said.who}>
    <p><span class="code" title=${ticket.customer_id}>${shortId(ticket.customer_id)}</span>${ticket.language ? ` · ${words.languages[ticket.language] ?? ticket.language}` : ""}</p>
    ${who &&
    html`<p>${who.tolerance ? said.tolerance(who.tolerance) : said.unassessed}${who.assessed_until ? ` · ${said.assessedUntil(who.assessed_until)}` : ""}</p>`}
    ${who?.age_65 && html`<p class="side-care"><${Icon} name="person" />${said.elderly}</p>`}
    ${ticket.callback &&
    html`<p class="side-care"><${Icon} name="phone" />${said.callback} ${shownTime(ticket.callback.at, language)} · ${ticket.callback.contact_masked}</p>`}
  <//>`;
}

/** @param {{entities: SummaryFacts["entities"]}} props */
function Entities({ entities = {} }) {
  const { words } = useDesk();
  const said = words.summary;
  const kinds = /** @type {const} */ (["products", "amounts", "dates", "phones"]);
  const present = kinds.filter((kind) => entities[kind]?.length);
  if (!present.length) return null;
  return html`<${Part} title=${said.entities}>
    <dl class="side-entities">
      ${present.map((kind) => html`<div key=${kind}><dt>${said[kind]}</dt><dd class="tags">${entities[kind]?.map((one) => html`<span>${one}</span>`)}</dd></div>`)}
    </dl>
  <//>`;
}

/** @param {{tried: SummaryFacts["tried"]}} props */
function TriedPart({ tried }) {
  const { words } = useDesk();
  const said = words.summary;
  if (!tried) return null;
  return html`<${Part} title=${said.tried}>
    ${!tried.length && html`<p class="faint">${said.notTried}</p>`}
    <ul class="side-tried">
      ${tried.map(
        (one) => html`<li key=${one.turn_id}>
          <details>
            <summary><span>${one.question}</span><small>${words.talk.status[one.status] || words.talk.sources(one.citations.length)}</small></summary>
            <p>${one.answer}</p>
            ${one.citations.length > 0 &&
            html`<ul class="side-quotes">
              ${one.citations.map((source) => html`<li><b>${[source.title, source.section].filter(Boolean).join(" › ")}</b><q>${source.quote}</q></li>`)}
            </ul>`}
          </details>
        </li>`,
      )}
    </ul>
  <//>`;
}
