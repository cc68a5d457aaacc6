// @ts-check
/** What approving would do: what it contradicts, repeats, changes in past answers, and breaks among golden questions. */
import { Unreachable } from "../api/client.js";
import { readFrames } from "../api/sse.js";
import { Icon } from "../chat/icons.js";
import { html } from "../html.js";
import { findQuote } from "../text/quote.js";
import { useConsole } from "./context.js";
import { shownSpan } from "./days.js";
import { Trouble, Waiting } from "./loading.js";
import { hrefTo } from "./routes.js";

/**
 * @typedef {import("../api/knowledge.js").Impact} Impact
 * @typedef {import("../api/knowledge.js").ImpactProgress} ImpactProgress
 */

const NOTHING = { conflicts: [], duplicates: [], answers: [], golden: [], checked: { passages: 0, turns: 0, golden: 0 } };

/**
 * The impact as it is found out: `put` gets what is known so far, with how far it is; the promise all of it.
 *
 * @param {import("../api/staff.js").StaffClient} client
 * @param {string} path of the version
 * @param {AbortSignal} signal
 * @param {(impact: Impact) => void} put
 * @returns {Promise<Impact>}
 */
export async function followImpact(client, path, signal, put) {
  const response = await client.send(`${path}/impact`, { signal, headers: { accept: "text/event-stream" } });
  /** @type {Impact} */
  let known = NOTHING;
  for await (const { event, data } of readFrames(response)) {
    const said = JSON.parse(data);
    if (event === "impact.completed") return said;
    known = said.impact ?? known;
    put({ ...known, progress: { part: said.part, parts: said.parts, done: said.done, total: said.total } });
  }
  throw new Unreachable();
}

/**
 * How many things the approver should look at.
 *
 * @param {Impact | null} impact
 */
export function concerns(impact) {
  if (!impact) return 0;
  return impact.conflicts.length + impact.duplicates.length + impact.golden.filter(({ before, after }) => before && !after).length;
}

/** @param {{impact: import("./loading.js").Loaded<Impact | null>}} props */
export function ImpactView({ impact }) {
  const { words } = useConsole();
  const said = words.document.impact;
  const { data } = impact;
  if (!data) {
    return impact.busy
      ? html`<${Waiting} text=${said.running} />`
      : html`<${Trouble} problem=${impact.problem} retry=${impact.reload} />`;
  }
  const { conflicts, duplicates, answers, golden, checked } = data;
  return html`<section class="impact" aria-label=${said.title}>
    <h2>${said.title}</h2>
    ${impact.problem && html`<${Trouble} problem=${impact.problem} retry=${impact.reload} />`}
    ${data.progress && !impact.problem && html`<${Running} progress=${data.progress} />`}
    <${ImpactSummary} impact=${data} />
    ${!data.progress && html`<p class="faint">${said.checked(checked.passages, checked.turns, checked.golden)}</p>`}
    ${conflicts.length > 0 &&
    html`<h3>${said.conflicts}</h3>
      <p class="faint">${said.conflictsHint}</p>
      <ul class="pairs">
        ${conflicts.map(
          ({ subject, attribute, chance, model, mine, other }) => html`<li class="pair is-care">
            <p class="pair-title">
              ${subject}${attribute && html`<span>${attribute}</span>`}
              ${chance !== null && html`<span>${said.chance(Math.round(100 * chance))}</span>`}
              ${model !== null && html`<span>${chance === null ? said.byModel : model ? said.seconded : said.doubted}</span>`}
            </p>
            <div class="pair-sides">
              <${SideCard} name=${said.mine} side=${mine} />
              <${SideCard} name=${said.other} side=${other} />
            </div>
          </li>`,
        )}
      </ul>`}
    ${golden.length > 0 &&
    html`<h3>${said.golden}</h3>
      <p class="faint">${said.goldenHint}</p>
      <ul class="pairs">
        ${golden.map(
          (one) => html`<li class=${one.after ? "pair" : "pair is-care"}>
            <p class="pair-title">${one.question}<span>${one.after ? said.mends : one.before ? said.breaks : ""}</span></p>
            <p>${said.expected}：${one.expected}</p>
            <div class="pair-sides">
              <${Shown} name=${said.before} quotes=${one.quote_before ? [one.quote_before] : []} />
              <${Shown} name=${said.after} quotes=${one.quote_after ? [one.quote_after] : []} />
            </div>
          </li>`,
        )}
      </ul>`}
    ${answers.length > 0 &&
    html`<h3>${said.answers}</h3>
      <p class="faint">${said.answersHint}</p>
      <ul class="pairs">
        ${answers.map(
          ({ question, times, before, after }) => html`<li class="pair">
            <p class="pair-title">${question}<span>${said.times(times)}</span></p>
            <div class="pair-sides">
              <${Shown} name=${said.before} status=${said.statuses[before.status] ?? before.status} quotes=${before.quotes} />
              <${Shown} name=${said.after} status=${said.statuses[after.status] ?? after.status} quotes=${after.quotes} />
            </div>
          </li>`,
        )}
      </ul>`}
    ${duplicates.length > 0 &&
    html`<h3>${said.duplicates}</h3>
      <p class="faint">${said.duplicatesHint}</p>
      <ul class="pairs">
        ${duplicates.map(
          ({ quote, similarity, other }) => html`<li class="pair">
            <p class="pair-title">
              <a href=${hrefTo({ page: "document", id: other.document_id, version: other.version })}>${other.title}</a>
              <span>${said.similarity(Math.round(similarity * 100))}</span>
            </p>
            <div class="pair-sides">
              <${Shown} name=${said.mine} quotes=${[quote]} />
              <${Shown} name=${said.other} quotes=${[other.quote]} />
            </div>
          </li>`,
        )}
      </ul>`}
  </section>`;
}

/**
 * How far it is, for eyes; screen readers hear of each part once, when it begins.
 *
 * @param {{progress: ImpactProgress}} props
 */
function Running({ progress: { part, parts, done, total } }) {
  const { words } = useConsole();
  const said = words.document.impact;
  const share = (parts.indexOf(part) + (total ? done / total : 0)) / parts.length;
  return html`<div class="impact-progress">
    <p role="status">${said.parts[part] ?? said.running}</p>
    <progress max="1" value=${share} aria-label=${said.parts[part] ?? said.running}></progress>
    <p class="faint" aria-hidden="true">${total > 0 && `${done} / ${total}`}</p>
  </div>`;
}

/** What is known so far; that all is well is said only once everything was looked at. @param {{impact: Impact}} props */
export function ImpactSummary({ impact }) {
  const { words } = useConsole();
  const said = words.document.impact;
  const breaking = impact.golden.filter(({ before, after }) => before && !after).length;
  const counts = [
    { part: "passages", name: said.conflicts, count: impact.conflicts.length, grave: true },
    { part: "golden", name: said.golden, count: breaking, grave: true },
    { part: "turns", name: said.answers, count: impact.answers.length, grave: false },
    { part: "passages", name: said.duplicates, count: impact.duplicates.length, grave: false },
  ];
  const { part: current = "", parts = [] } = impact.progress ?? {};
  const open = parts.slice(Math.max(parts.indexOf(current), 0));
  return html`<ul class="sums">
      ${counts.map(
        ({ part, name, count, grave }) =>
          html`<li key=${name} class=${count && grave ? "is-care" : ""}><b>${open.includes(part) ? "…" : count}</b><span>${name}</span></li>`,
      )}
    </ul>
    ${!impact.progress && counts.every(({ count }) => count === 0) && html`<p class="note is-good"><${Icon} name="check" />${said.calm}</p>`}`;
}

/** @param {{name: string, side: import("../api/knowledge.js").Side}} props */
function SideCard({ name, side }) {
  const { words } = useConsole();
  const { quote, value, title, section, page, document_id, version } = side;
  const at = findQuote(quote, value);
  const place = [section, page && words.page(page), document_id && shownSpan(side.valid_from ?? null, side.valid_to ?? null, words)];
  return html`<div class="side-card">
    <p class="side-name">
      <b>${name}</b>
      ${document_id && html`<a href=${hrefTo({ page: "document", id: document_id, version })}>${title}</a>`}
    </p>
    <blockquote>
      ${at ? html`${quote.slice(0, at.start)}<mark>${quote.slice(at.start, at.end)}</mark>${quote.slice(at.end)}` : quote}
    </blockquote>
    <p class="faint">${place.filter(Boolean).join(" · ")}</p>
  </div>`;
}

/** @param {{name: string, status?: string, quotes: string[]}} props */
function Shown({ name, status, quotes }) {
  const { words } = useConsole();
  return html`<div class="side-card">
    <p class="side-name"><b>${name}</b>${status && html`<span>${status}</span>`}</p>
    ${quotes.length ? quotes.map((quote) => html`<blockquote>${quote}</blockquote>`) : html`<p class="faint">${words.document.impact.nothing}</p>`}
  </div>`;
}
