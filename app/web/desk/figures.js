// @ts-check
/** How the service does: what the bot solved alone, what went to people and why, how long it took, how it was liked. */
import { html, useState } from "../html.js";
import { isMissing } from "../api/staff.js";
import { addDays, today } from "../knowledge/days.js";
import { Empty, Trouble, useLoaded, Waiting } from "../knowledge/loading.js";
import { Bars, Days, Scores } from "./charts.js";
import { useDesk } from "./context.js";

/** @typedef {import("../api/desk.js").Figures} Figures */

export function FiguresPage() {
  const { client, words } = useDesk();
  const said = words.figures;
  const [days, setDays] = useState("30");
  const until = today();
  const since = addDays(until, 1 - Number(days));
  const load = (/** @type {AbortSignal} */ signal) => client.json(`/v1/analytics/service?${new URLSearchParams({ since, until })}`, { signal });
  const figures = useLoaded(load, [since, until]);
  const data = /** @type {Figures | null} */ (figures.data);
  return html`<div class="figures">
    <header class="figures-head">
      <div><h1>${said.title}</h1><p class="lead">${said.lead}</p></div>
      <div class="ranges" role="group" aria-label=${said.range}>
        ${Object.entries(said.ranges).map(
          ([value, name]) => html`<button type="button" key=${value} class="chip" aria-pressed=${value === days} onClick=${() => setDays(value)}>${name}</button>`,
        )}
      </div>
    </header>
    <${Trouble} problem=${figures.problem} retry=${figures.reload} missing=${said.missing} />
    ${!data && figures.busy && !isMissing(figures.problem) && html`<${Waiting} />`}
    ${data && (data.volume.conversations ? html`<${Shown} data=${data} />` : html`<${Empty} title=${said.noneTitle} lead=${said.noneLead} icon="chart" />`)}
  </div>`;
}

/** @param {{data: Figures}} props */
function Shown({ data }) {
  const { words } = useDesk();
  const said = words.figures;
  const reasons = Object.entries(data.handed_off.by_reason)
    .map(([reason, count]) => ({ name: words.reasons[reason] ?? words.otherReason, count }))
    .sort((one, other) => other.count - one.count);
  return html`<dl class="tiles">
      <${Tile} name=${said.conversations} value=${String(data.volume.conversations)} note=${said.turns(data.volume.turns)} />
      <${Tile} name=${said.contained} value=${percent(data.contained.share)} note=${said.times(data.contained.count)} strong />
      <${Tile} name=${said.handedOff} value=${percent(data.handed_off.share)} note=${said.times(data.handed_off.count)} />
      <${Tile} name=${said.reopened} value=${percent(data.reopened.share)} note=${said.times(data.reopened.count)} />
      <${Tile} name=${said.firstResponse} value=${shownSeconds(data.first_response_s.p50, said)} note=${ninety(data.first_response_s, said)} />
      <${Tile} name=${said.resolution} value=${shownSeconds(data.resolution_s.p50, said)} note=${ninety(data.resolution_s, said)} />
    </dl>
    <section class="chart-card is-wide">
      <h2>${said.byDay}</h2>
      <${Days} days=${data.by_day} />
    </section>
    <section class="chart-card">
      <h2>${said.byReason}</h2>
      ${reasons.length ? html`<${Bars} rows=${reasons} />` : html`<p class="faint">${said.noReasons}</p>`}
    </section>
    <section class="chart-card">
      <h2>${said.rating}</h2>
      <div class="two-scores">
        <${Scores} title=${said.ratingPerson} rating=${data.rating.person} about="person" />
        <${Scores} title=${said.ratingBot} rating=${data.rating.bot} about="bot" />
      </div>
    </section>`;
}

/** @param {{name: string, value: string, note: string, strong?: boolean}} props */
function Tile({ name, value, note, strong = false }) {
  return html`<div class=${strong ? "tile is-strong" : "tile"}><dt>${name}</dt><dd><b>${value}</b><span>${note}</span></dd></div>`;
}

/** @param {number} share */
function percent(share) {
  return `${Math.round(share * 1000) / 10}%`;
}

/** @param {import("../api/desk.js").Spread} spread @param {import("../words/desk/index.js").DeskWords["figures"]} said */
function ninety(spread, said) {
  return spread.p90 === null ? "" : said.ninety(shownSeconds(spread.p90, said));
}

/** @param {number | null} seconds @param {import("../words/desk/index.js").DeskWords["figures"]} said */
function shownSeconds(seconds, said) {
  if (seconds === null) return "–";
  if (seconds < 90) return said.seconds(Math.round(seconds));
  if (seconds < 90 * 60) return said.minutes(Math.round(seconds / 60));
  if (seconds < 36 * 3600) return said.hours((seconds / 3600).toFixed(1));
  return said.days((seconds / 86400).toFixed(1));
}
