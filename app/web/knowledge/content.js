// @ts-check
/** What the system read, passage by passage, beside the original; to be searched, compared and corrected. */
import { Icon } from "../chat/icons.js";
import { html, useMemo, useState } from "../html.js";
import { may, useConsole } from "./context.js";
import { Field } from "./fields.js";
import { KeptOut } from "./kept_out.js";
import { Trouble, useLoaded, Waiting } from "./loading.js";
import { PageImage } from "./page_image.js";
import { PassageCard } from "./passage.js";
import { isMissing } from "../api/staff.js";

/**
 * @typedef {import("../api/knowledge.js").Passage} Passage
 *
 * @typedef {object} ContentProps
 * @property {import("../api/knowledge.js").Document} document
 * @property {import("../api/knowledge.js").Version} version
 * @property {string} path
 */

const SHOWN = 80;

/** @param {ContentProps} props */
export function Content({ document, version, path }) {
  const { client, words, staff } = useConsole();
  const loaded = useLoaded((signal) => client.json(`${path}/passages`, { signal }), [path, version.ready]);
  const passages = /** @type {Passage[]} */ (loaded.data?.passages ?? []);
  const [query, setQuery] = useState("");
  const [limit, setLimit] = useState(SHOWN);
  const [page, setPage] = useState(/** @type {number | null} */ (null));
  const wanted = query.trim().toLowerCase();
  const found = useMemo(
    () => (wanted ? passages.filter(({ text, section, question }) => `${section} ${question} ${text}`.toLowerCase().includes(wanted)) : passages),
    [passages, wanted],
  );
  const paged = version.pages > 0 && /\.pdf$/i.test(version.file_name);
  const corrects = version.ready && may(staff, "editor") && version.version === document.latest_version;
  return html`<section class="content" aria-label=${words.document.content.title}>
    <${Notices} version=${version} path=${path} />
    <${Trouble} problem=${loaded.problem} retry=${loaded.reload} />
    ${!loaded.data && loaded.busy && html`<${Waiting} />`}
    ${loaded.data && passages.length === 0 && html`<p class="note"><${Icon} name="document" />${words.document.content.empty}</p>`}
    ${passages.length > 0 &&
    html`<div class="content-head">
        <${Field} bare label=${words.document.content.search} type="search" value=${query} change=${setQuery} placeholder=${words.document.content.search} />
        <p class="faint" role="status">
          ${wanted ? (found.length ? words.document.content.found(found.length) : words.document.content.none) : words.document.content.verbatim}
        </p>
      </div>
      <div class=${page === null ? "content-body" : "content-body has-page"}>
        <ol class="passages">
          ${found.slice(0, limit).map(
            (passage) => html`<${PassageCard}
              key=${passage.passage_id}
              passage=${passage}
              query=${wanted}
              document=${document}
              corrects=${corrects}
              page=${paged ? page : undefined}
              choosePage=${paged ? setPage : undefined}
            />`,
          )}
        </ol>
        ${page !== null && html`<${PageImage} path=${path} page=${page} close=${() => setPage(null)} turn=${setPage} pages=${version.pages} />`}
      </div>
      ${found.length > limit &&
      html`<button type="button" class="soft more" onClick=${() => setLimit(limit + SHOWN)}>${words.more(found.length - limit)}</button>`}`}
  </section>`;
}

/** @param {Pick<ContentProps, "version" | "path">} props what to look at before trusting what was read */
function Notices({ version, path }) {
  const { client, words } = useConsole();
  const said = words.document.content;
  const warnings = version.warnings.filter(({ code }) => !code.startsWith("proposed_"));
  const hides = version.quarantined !== 0;
  const kept = useLoaded(
    async (signal) => {
      if (!hides) return { items: [] };
      try {
        return await client.json(`${path}/quarantine`, { signal });
      } catch (problem) {
        // Most versions have none, and an older service does not know the question.
        if (isMissing(problem)) return { items: [] };
        throw problem;
      }
    },
    [path, hides, version.ready],
  );
  const items = /** @type {import("../api/knowledge.js").KeptOut[]} */ (kept.data?.items ?? []);
  return html`${warnings.length > 0 &&
    html`<details class="fold is-care" open>
      <summary><${Icon} name="warn" />${said.warnings(warnings.length)}</summary>
      <ul class="plain">${warnings.map(({ title }) => html`<li>${title}</li>`)}</ul>
    </details>`}
    <${KeptOut} items=${items} />`;
}
