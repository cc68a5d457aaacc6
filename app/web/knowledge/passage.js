// @ts-check
/** One passage as the assistant has it: to read, to find words in, to compare with the page, to correct. */
import { Icon } from "../chat/icons.js";
import { html, useState } from "../html.js";
import { useConsole } from "./context.js";
import { Field } from "./fields.js";
import { explain, useAlive } from "./loading.js";
import { PassageText } from "./passage_text.js";
import { go } from "./routes.js";
import { followJob } from "./uploads.js";

/**
 * @typedef {object} PassageProps
 * @property {import("../api/knowledge.js").Passage} passage
 * @property {string} query lower case; "" finds nothing
 * @property {import("../api/knowledge.js").Document} document
 * @property {boolean} corrects this person may correct it
 * @property {number | null} [page] the page that is shown beside
 * @property {(page: number | null) => void} [choosePage]
 */

/** @param {PassageProps} props */
export function PassageCard({ passage, query, document, corrects, page, choosePage }) {
  const { words } = useConsole();
  const said = words.document.content;
  const [correcting, setCorrecting] = useState(false);
  const { text, section, question } = passage;
  const shown = passage.page !== null && page === passage.page;
  const pageable = choosePage && passage.page !== null;
  const headed = section || passage.page !== null || pageable || corrects;
  return html`<li class="passage-card">
    ${headed && html`<header>
      <p class="passage-place">${[section, passage.page && words.page(passage.page)].filter(Boolean).join(" · ")}</p>
      ${pageable &&
      html`<button type="button" class="quiet small" aria-pressed=${shown} onClick=${() => choosePage(shown ? null : passage.page)}>
        <${Icon} name="document" />${shown ? said.hidePage : said.showPage}
      </button>`}
      ${corrects &&
      !correcting &&
      html`<button type="button" class="quiet small" onClick=${() => setCorrecting(true)}><${Icon} name="edit" />${said.correct}</button>`}
    </header>`}
    ${correcting
      ? html`<${Correction} passage=${passage} document=${document} close=${() => setCorrecting(false)} />`
      : html`<div class="passage">
          ${question && html`<p class="passage-question"><b>${said.question}</b>${question}</p>`}
          <${PassageText} text=${text} query=${query} />
        </div>`}
  </li>`;
}

/** @param {Pick<PassageProps, "passage" | "document"> & {close: () => void}} props */
function Correction({ passage, document, close }) {
  const { client, words, say } = useConsole();
  const said = words.document.content;
  const [text, setText] = useState(passage.text);
  const [comment, setComment] = useState("");
  const [problem, setProblem] = useState("");
  const [busy, setBusy] = useState(false);
  const alive = useAlive();
  /** @param {Event} event */
  const onSubmit = async (event) => {
    event.preventDefault();
    setBusy(true);
    setProblem("");
    try {
      const path = `/v1/passages/${encodeURIComponent(passage.passage_id)}`;
      const accepted = await client.json(path, { method: "PATCH", body: { text, comment: comment.trim() } });
      for await (const job of followJob(client, accepted.job_id)) {
        if (job.status === "failed") throw new Error(job.error?.title);
      }
      say(words.document.done.correct);
      if (alive.current) go({ page: "document", id: document.document_id, version: accepted.version, tab: "diff" });
    } catch (failure) {
      if (!alive.current) say(explain(failure, words));
      setProblem(explain(failure, words));
      setBusy(false);
    }
  };
  return html`<form class="stack correction" aria-label=${said.correctTitle} onSubmit=${onSubmit}>
    <p class="faint">${said.correctLead}</p>
    <${Field} label=${said.text} value=${text} change=${setText} rows=${Math.min(16, text.split("\n").length + Math.ceil(text.length / 60) + 1)} locked=${busy} />
    <${Field} label=${said.why} value=${comment} change=${setComment} locked=${busy} />
    <p class="said" role="alert">${problem}</p>
    <div class="ask-end">
      <button type="button" class="quiet" onClick=${close}>${words.cancel}</button>
      <button type="submit" class="solid" disabled=${busy || !text.trim() || text === passage.text}>${busy ? words.saving : said.save}</button>
    </div>
  </form>`;
}
