// @ts-check
/**
 * The search bench: the chat's own path, with the reasons. Ask as a customer would, on any day. The address says what was
 * searched; the form and the results follow it, so that Back shows each search as it was.
 */
import { Icon } from "../chat/icons.js";
import { html, useEffect, useLayoutEffect, useRef, useState } from "../html.js";
import { useConsole } from "./context.js";
import { shownTime, today } from "./days.js";
import { Field, Select } from "./fields.js";
import { Head } from "./frame.js";
import { Empty, Trouble, Waiting } from "./loading.js";
import { go } from "./routes.js";
import { SearchResult } from "./search_result.js";
import { Verdict } from "./verdict.js";

/** @typedef {import("../api/knowledge.js").Found} Found */

const TOP_K = 10;

/** @param {{asked: Record<string, string>}} props asked: what the address says, so that a search can be passed on */
export function SearchPage({ asked }) {
  const { client, words, language } = useConsole();
  const said = words.search;
  const [query, setQuery] = useState(asked.query ?? "");
  const [asOf, setAsOf] = useState(asked.as_of ?? today());
  const [knownAt, setKnownAt] = useState(asked.known_at ?? "");
  const [kind, setKind] = useState(asked.kind ?? "");
  const [state, set] = useState(/** @type {{found: Found | null, problem: Error | null, busy: boolean}} */ ({ found: null, problem: null, busy: false }));
  const going = useRef(/** @type {AbortController | null} */ (null));
  const day = asked.as_of ?? today();
  const run = async () => {
    going.current?.abort();
    const query = (asked.query ?? "").trim();
    if (!query) {
      set({ found: null, problem: null, busy: false });
      return;
    }
    const aborter = new AbortController();
    going.current = aborter;
    set((before) => ({ ...before, problem: null, busy: true }));
    const body = {
      query,
      as_of: day,
      kind: asked.kind || undefined,
      known_at: asked.known_at ? `${asked.known_at}:00+08:00` : undefined,
      top_k: TOP_K,
      explain: true,
    };
    /** @type {{found: Found | null, problem: Error | null}} */
    const come = { found: null, problem: null };
    try {
      come.found = await client.json("/v1/search", { method: "POST", body, signal: aborter.signal });
    } catch (problem) {
      come.problem = /** @type {Error} */ (problem);
    }
    if (!aborter.signal.aborted) set({ ...come, busy: false });
  };
  const address = [asked.query, asked.as_of, asked.kind, asked.known_at];
  // Before anybody can type into the fields.
  useLayoutEffect(() => {
    setQuery(asked.query ?? "");
    setAsOf(day);
    setKnownAt(asked.known_at ?? "");
    setKind(asked.kind ?? "");
  }, address);
  useEffect(() => {
    void run();
    return () => going.current?.abort();
  }, address);
  /** @param {string} text */
  const look = (text) => {
    const next = Object.fromEntries(Object.entries({ query: text.trim(), as_of: asOf, known_at: knownAt, kind }).filter(([, value]) => value));
    if (!next.query) return;
    const same = next.query === asked.query && asOf === (asked.as_of ?? "") && kind === (asked.kind ?? "") && knownAt === (asked.known_at ?? "");
    if (same) void run();
    else go({ page: "search", query: next });
  };
  const { found, problem, busy } = state;
  const shownAt = asked.known_at ? shownTime(`${asked.known_at}:00+08:00`, language) : "";
  const values = new Map((found?.explain?.conflict ?? []).map((side) => [side.passage_id, side.value]));
  return html`<div class="view">
    <${Head} title=${said.title} lead=${said.lead} />
    <form
      class="bench"
      role="search"
      onSubmit=${(/** @type {Event} */ event) => {
        event.preventDefault();
        look(query);
      }}
    >
      <div class="bench-query">
        <${Field} label=${said.query} type="search" value=${query} change=${setQuery} placeholder=${said.placeholder} />
        <button type="submit" class="solid" disabled=${busy || !query.trim()}><${Icon} name="search" />${said.run}</button>
      </div>
      <div class="bench-when">
        <${Field} label=${said.asOf} type="date" value=${asOf} change=${setAsOf} hint=${said.asOfHint} />
        <${Select} label=${said.kind} value=${kind} change=${setKind} options=${[["", words.documents.anyKind], ...Object.entries(words.kinds)]} />
        <${Field} label=${said.knownAt} type="datetime-local" value=${knownAt} change=${setKnownAt} hint=${said.knownAtHint} />
      </div>
    </form>
    <div aria-live="polite">
      ${busy && html`<${Waiting} />`}
      <${Trouble} problem=${problem} retry=${() => void run()} />
      ${found && !busy && html`<${Verdict} found=${found} asOf=${day} shownAt=${shownAt} />`}
    </div>
    ${found &&
    !busy &&
    html`<section aria-label=${said.results(found.passages.length)}>
      <div class="list-head">
        <h2>${said.results(found.passages.length)}</h2>
        <p class="faint">${said.timing(total(found.timings))}</p>
      </div>
      ${found.passages.length === 0 && html`<p class="note"><${Icon} name="search" />${said.none}</p>`}
      <ol class="results">
        ${found.passages.map((passage, at) => html`<${SearchResult} key=${passage.passage_id} passage=${passage} place=${at + 1} against=${values.get(passage.passage_id) ?? ""} />`)}
      </ol>
    </section>`}
    ${!found &&
    !busy &&
    !problem &&
    html`<${Empty} title=${said.teachTitle} lead=${said.teachLead} icon="search">
      <ul class="chips-list">
        ${said.examples.map(
          (example) => html`<li>
            <button
              type="button"
              class="chip"
              onClick=${() => {
                setQuery(example);
                look(example);
              }}
            >
              ${example}
            </button>
          </li>`,
        )}
      </ul>
    <//>`}
  </div>`;
}

/** @param {Record<string, number>} timings milliseconds */
function total(timings) {
  const { embed = 0, lexical = 0, index = 0, fuse = 0 } = timings;
  // The words are analysed while the embedder works.
  return String(Math.round(Math.max(embed, lexical) + index + fuse));
}
