// @ts-check
/** Whether what was found is enough to answer from, and why, in words. */
import { Icon } from "../chat/icons.js";
import { html } from "../html.js";
import { useConsole } from "./context.js";

/**
 * Evidence that speaks clearly for or against; what lies between says nothing.
 * [weak below, strong above]; for those of which more is worse the words are turned round.
 *
 * @type {Record<string, [number, number]>}
 */
const CLEAR = {
  covered: [0.5, 0.75],
  sentence: [0.4, 0.65],
  rare_words: [0.6, 0.95],
  unspecific: [0.01, 0.3],
  dense: [0.78, 0.86],
  near: [0.78, 0.86],
  nearest: [0.02, 0.06],
  margin: [0.02, 0.05],
  beyond: [0.4, 0.75],
  sortless: [0.01, 0.5],
  score: [20, 25],
  lead: [2, 5],
  named: [-1, 0.5],
  words: [0.4, 0.95],
  shared: [0.4, 0.8],
  asked: [-1, 0.6],
  astray: [0.01, 0.5],
  elsewhere: [-1, 0.5],
  short: [0.1, 0.45],
};

/** @param {{found: import("../api/knowledge.js").Found, asOf: string, shownAt: string}} props */
export function Verdict({ found, asOf, shownAt }) {
  const { words } = useConsole();
  const said = words.search;
  const { sufficient, confidence, explain } = found;
  const percent = (/** @type {number} */ share) => `${Math.round(share * 100)}%`;
  const judged = Object.entries(explain?.evidence ?? {}).map(([name, value]) => {
    const worse = said.inverse.includes(name);
    const [low, high] = CLEAR[name] ?? [0, 1];
    const [more, less] = said.evidence[name] ?? [name, name];
    const many = value >= high;
    const few = value <= low;
    return { name, value, words: many ? more : less, speaks: many ? (worse ? -1 : 1) : few ? (worse ? 1 : -1) : 0 };
  });
  const reasons = judged.filter(({ speaks }) => speaks === (sufficient ? 1 : -1)).slice(0, 4);
  const doubts = judged.filter(({ speaks }) => speaks === (sufficient ? -1 : 1)).slice(0, 3);
  const threshold = explain?.threshold;
  const staff = explain?.filters.audiences?.includes("staff");
  const torn = sufficient && Boolean(explain?.conflict);
  const clear = sufficient && !torn;
  return html`<section class=${clear ? "verdict is-enough" : "verdict"}>
    <p class="verdict-title"><${Icon} name=${clear ? "check" : "hand"} />${torn ? said.torn : sufficient ? said.sufficient : said.insufficient}</p>
    <p>${torn ? said.tornLead : sufficient ? said.sufficientLead : said.insufficientLead}</p>
    <div class="meter">
      <svg aria-hidden="true">
        <rect class="track" x="0" y="5" width="100%" height="6" rx="3" />
        <rect class="reached" x="0" y="5" width=${percent(confidence)} height="6" rx="3" />
        ${threshold !== undefined && html`<line class="needed" x1=${percent(threshold)} x2=${percent(threshold)} y1="1" y2="15" />`}
      </svg>
      <p>
        ${threshold === undefined
          ? `${said.confidence} ${percent(confidence)}`
          : (sufficient ? said.meets : said.misses)(percent(confidence), percent(threshold))}
      </p>
    </div>
    ${explain?.mended && html`<p>${said.mended(explain.mended)}</p>`}
    ${reasons.length + doubts.length > 0 &&
    html`<ul class="reasons-list">
      ${reasons.map(({ name, words: text }) => html`<li key=${name} class=${sufficient ? "is-for" : "is-against"}>${text}</li>`)}
      ${doubts.map(({ name, words: text }) => html`<li key=${name} class=${sufficient ? "is-against" : "is-for"}>${text}</li>`)}
    </ul>`}
    <p class="tags" aria-label=${said.filters}>
      <span>${said.filterWords.approved}</span>
      ${asOf && html`<span>${said.filterWords.asOf(asOf)}</span>`}
      ${shownAt && html`<span>${said.filterWords.knownAt(shownAt)}</span>`}
      <span>${staff ? said.filterWords.staff : said.filterWords.public}</span>
    </p>
    ${judged.length > 0 &&
    html`<details class="fold is-inline">
      <summary>${said.numbers}</summary>
      <dl class="numbers">${judged.map(({ name, value }) => html`<div><dt>${name}</dt><dd>${value.toFixed(3)}</dd></div>`)}</dl>
    </details>`}
  </section>`;
}
