// @ts-check
/** Plain charts: drawn for the eye, each with a table of the same numbers for everyone else. */
import { html, useLayoutEffect, useRef, useState } from "../html.js";
import { useDesk } from "./context.js";

const LEFT = 38;
const BOTTOM = 26;
const TOP = 10;
const LABEL_PX = 64;

/** A round number at or above the highest. @param {number} most */
function ceiling(most) {
  const step = 10 ** Math.floor(Math.log10(Math.max(most, 1)));
  return [1, 1.5, 2, 3, 4, 5, 6, 8, 10].map((times) => times * step).find((value) => value >= most) ?? most;
}

/** The size an element has on the page, so that lines and letters stay as thin as everywhere. */
function useSize() {
  const box = useRef(/** @type {SVGSVGElement | null} */ (null));
  const [size, set] = useState({ width: 640, height: 208 });
  useLayoutEffect(() => {
    if (!box.current) return undefined;
    const sizes = new ResizeObserver(([entry]) => entry && set({ width: entry.contentRect.width, height: entry.contentRect.height }));
    sizes.observe(box.current);
    return () => sizes.disconnect();
  }, []);
  return { box, ...size };
}

/** @param {{days: import("../api/desk.js").Figures["by_day"]}} props */
export function Days({ days }) {
  const { words } = useDesk();
  const said = words.figures;
  const most = Math.max(2, ceiling(Math.max(...days.map((one) => one.conversations))));
  const { box, width, height } = useSize();
  const slot = (width - LEFT) / Math.max(days.length, 1);
  const bar = Math.min(26, slot * 0.62);
  const up = (/** @type {number} */ count) => ((height - TOP - BOTTOM) * count) / most;
  const every = Math.ceil((days.length * LABEL_PX) / Math.max(width - LEFT, LABEL_PX));
  return html`<figure class="chart">
    <svg ref=${box} viewBox=${`0 0 ${width} ${height}`} aria-hidden="true" focusable="false">
      ${[0, most / 2, most].map(
        (value) => html`<g key=${value}>
          <line class="chart-grid" x1=${LEFT} x2=${width} y1=${height - BOTTOM - up(value)} y2=${height - BOTTOM - up(value)} />
          <text class="chart-label" x=${LEFT - 6} y=${height - BOTTOM - up(value) + 4} text-anchor="end">${value}</text>
        </g>`,
      )}
      ${days.map((one, at) => {
        const x = LEFT + slot * at + (slot - bar) / 2;
        return html`<g key=${one.day}>
          <title>${`${one.day} · ${said.byDayAll} ${one.conversations} · ${said.byDayHanded} ${one.handed_off}`}</title>
          <rect class="chart-all" x=${x} width=${bar} y=${height - BOTTOM - up(one.conversations)} height=${up(one.conversations)} rx="2" />
          <rect class="chart-part" x=${x} width=${bar} y=${height - BOTTOM - up(one.handed_off)} height=${up(one.handed_off)} rx="2" />
          ${(days.length - 1 - at) % every === 0 &&
          html`<text class="chart-label" x=${Math.min(x + bar / 2, width - 18)} y=${height - 6} text-anchor="middle">${shortDay(one.day)}</text>`}
        </g>`;
      })}
    </svg>
    <figcaption class="chart-keys"><span class="key is-all">${said.byDayAll}</span><span class="key is-part">${said.byDayHanded}</span></figcaption>
    <details class="fold is-inline">
      <summary>${said.table}</summary>
      <div class="rich-table">
        <table>
          <thead><tr>${[said.day, said.byDayAll, said.byDayHanded, said.resolved, said.ratingDay].map((name) => html`<th scope="col">${name}</th>`)}</tr></thead>
          <tbody>
            ${days.map((one) => html`<tr key=${one.day}><th scope="row">${one.day}</th><td>${one.conversations}</td><td>${one.handed_off}</td><td>${one.resolved}</td><td>${one.rating?.toFixed(1) ?? "–"}</td></tr>`)}
          </tbody>
        </table>
      </div>
    </details>
  </figure>`;
}

/** @param {string} day */
function shortDay(day) {
  const [, month, date] = day.split("-");
  return `${Number(month)}/${Number(date)}`;
}

/** Rows of a list, each with its bar: a table for screen readers as it stands. @param {{rows: {name: string, count: number}[]}} props */
export function Bars({ rows }) {
  const most = Math.max(1, ...rows.map(({ count }) => count));
  return html`<ul class="bars">
    ${rows.map(
      ({ name, count }) => html`<li key=${name}>
        <span class="bars-name">${name}</span>
        <span class="bars-track" aria-hidden="true"><span style=${`inline-size: ${(100 * count) / most}%`}></span></span>
        <b>${count}</b>
      </li>`,
    )}
  </ul>`;
}

/** @param {{title: string, rating: import("../api/desk.js").Rating, about: "bot" | "person"}} props */
export function Scores({ title, rating, about }) {
  const { words } = useDesk();
  const said = words.figures;
  const reasons = Object.entries(rating.reasons ?? {}).map(([code, count]) => ({ name: said.reasons[about][code] ?? code, count }));
  const rows = [5, 4, 3, 2, 1].map((score) => ({ name: said.score(score), count: rating.by_score[score] ?? 0 }));
  return html`<div class="scores-card">
    <h3>${title}</h3>
    ${rating.count
      ? html`<p class="scores-mean"><b>${rating.mean?.toFixed(1) ?? "–"}</b><span>${said.outOf} · ${said.ratings(rating.count)}</span></p><${Bars} rows=${rows} />
          ${reasons.length > 0 && html`<div class="why-bars"><h4>${said.ratingReasons}</h4><${Bars} rows=${reasons} /></div>`}`
      : html`<p class="faint">${said.noRatings}</p>`}
  </div>`;
}
