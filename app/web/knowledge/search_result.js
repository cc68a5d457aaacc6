// @ts-check
/** One passage found: its place in both rankings, its days. */
import { Icon } from "../chat/icons.js";
import { html } from "../html.js";
import { useConsole } from "./context.js";
import { shownSpan } from "./days.js";
import { PassageText } from "./passage_text.js";
import { hrefTo } from "./routes.js";

/**
 * @param {{passage: import("../api/knowledge.js").FoundPassage, place: number, against: string}} props
 *   against: the figure by which it contradicts another one, "" = none
 */
export function SearchResult({ passage, place, against }) {
  const { words } = useConsole();
  const said = words.search;
  const { document_id, version, title, section, page, text, question, score, dense_rank, lexical_rank } = passage;
  return html`<li class="result">
    <header>
      <span class="source-number">${place}</span>
      <h3><a href=${hrefTo({ page: "document", id: document_id, version, tab: "content" })}>${title}</a></h3>
    </header>
    <p class="faint">
      ${[section, words.version(version), page && words.page(page), shownSpan(passage.valid_from, passage.valid_to, words)].filter(Boolean).join(" · ")}
    </p>
    ${against &&
    html`<p class="note">
      <${Icon} name="warn" />
      <span>${said.against(against)} <a href=${hrefTo({ page: "document", id: document_id, version, tab: "content" })}>${said.mendHere}</a></span>
    </p>`}
    <div class="passage">
      ${question && html`<p class="passage-question"><b>${words.document.content.question}</b>${question}</p>`}
      <${PassageText} text=${text} />
    </div>
    <dl class="ranks">
      <div><dt>${said.dense}</dt><dd>${dense_rank ?? said.noRank}</dd></div>
      <div><dt>${said.lexical}</dt><dd>${lexical_rank ?? said.noRank}</dd></div>
      <div><dt>${said.score}</dt><dd>${score.toFixed(2)}</dd></div>
    </dl>
  </li>`;
}
