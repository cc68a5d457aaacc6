// @ts-check
/** Questions the knowledge did not answer, and the way from each to a draft that will. */
import { Icon } from "../chat/icons.js";
import { html, useState } from "../html.js";
import { may, useConsole } from "./context.js";
import { shownTime } from "./days.js";
import { Decision, Dialog } from "./dialog.js";
import { Field } from "./fields.js";
import { Head } from "./frame.js";
import { Empty, explain, Trouble, useAlive, useLoaded, Waiting } from "./loading.js";
import { go, hrefTo } from "./routes.js";
import { followJob } from "./uploads.js";

/** @typedef {import("../api/knowledge.js").Gap} Gap */

export function GapsPage() {
  const { client, words, say } = useConsole();
  const said = words.gaps;
  const list = useLoaded((signal) => client.json("/v1/gaps", { signal }), []);
  const [drafting, setDrafting] = useState(/** @type {Gap | null} */ (null));
  const [dismissing, setDismissing] = useState(/** @type {Gap | null} */ (null));
  const gaps = /** @type {Gap[]} */ (list.data?.gaps ?? []);
  /** @param {string} comment */
  const dismiss = async (comment) => {
    await client.json(`/v1/gaps/${encodeURIComponent(dismissing?.gap_id ?? "")}/dismiss`, { method: "POST", body: { comment } });
    say(said.dismissed);
    list.reload();
  };
  return html`<div class="view">
    <${Head} title=${said.title} lead=${said.lead} />
    <${Trouble} problem=${list.problem} retry=${list.reload} />
    ${!list.data && list.busy && html`<${Waiting} />`}
    ${list.data && gaps.length === 0 && html`<${Empty} title=${said.emptyTitle} lead=${said.emptyLead} icon="question" />`}
    <ol class="gaps">
      ${gaps.map((gap) => html`<${GapCard} key=${gap.gap_id} gap=${gap} draft=${() => setDrafting(gap)} dismiss=${() => setDismissing(gap)} />`)}
    </ol>
    ${drafting && html`<${DraftDialog} gap=${drafting} close=${() => setDrafting(null)} />`}
    ${dismissing &&
    html`<${Decision}
      title=${said.dismissTitle}
      lead=${said.dismissLead}
      commentLabel=${said.dismissWhy}
      action=${said.dismiss}
      required
      decide=${dismiss}
      close=${() => setDismissing(null)}
    />`}
  </div>`;
}

/** @param {{gap: Gap, draft: () => void, dismiss: () => void}} props */
function GapCard({ gap, draft, dismiss }) {
  const { words, language, staff } = useConsole();
  const said = words.gaps;
  const causes = Object.entries(gap.causes).filter(([, count]) => count);
  const ways = gap.questions.filter(({ question }, at, all) => all.findIndex((one) => one.question === question) === at);
  return html`<li class="gap">
    <p class="gap-count"><b>${gap.count}</b><span>${said.times(gap.count).replace(String(gap.count), "").trim()}</span></p>
    <div class="gap-words">
      <h2>${gap.question}</h2>
      <p class="faint">
        ${[...causes.map(([name, count]) => `${said.causes[name] ?? name} ${said.times(count ?? 0)}`), said.last(shownTime(gap.last_at, language))].join(" · ")}
      </p>
      ${Boolean(gap.causes.conflicting) && html`<p>${said.compareLead}</p>`}
      ${ways.length > 0 &&
      html`<details class="fold is-inline">
        <summary>${said.questions(ways.length)}</summary>
        <ul class="plain">
          ${ways.map(({ question, comment }) => html`<li>${question}${comment && html`<span class="faint">${said.comment(comment)}</span>`}</li>`)}
        </ul>
      </details>`}
    </div>
    ${may(staff, "editor") &&
    html`<div class="gap-actions">
      ${gap.draft
        ? html`<a class="button soft" href=${hrefTo({ page: "document", id: gap.draft.document_id, version: gap.draft.version })}>${said.drafted}<${Icon} name="right" /></a>`
        : html`${gap.causes.conflicting
              ? html`<a class="button solid" href=${hrefTo({ page: "search", query: { query: gap.question } })}>
                  <${Icon} name="search" />${said.compare}
                </a>`
              : html`<button type="button" class="solid" onClick=${draft}><${Icon} name="edit" />${said.draft}</button>`}
            <button type="button" class="quiet" onClick=${dismiss}>${said.dismiss}</button>`}
    </div>`}
  </li>`;
}

/** @param {{gap: Gap, close: () => void}} props */
function DraftDialog({ gap, close }) {
  const { client, words, say } = useConsole();
  const said = words.gaps;
  const [question, setQuestion] = useState(gap.question);
  const [answer, setAnswer] = useState("");
  const [problem, setProblem] = useState("");
  const [busy, setBusy] = useState(false);
  const alive = useAlive();
  /** @param {Event} event */
  const onSubmit = async (event) => {
    event.preventDefault();
    setBusy(true);
    setProblem("");
    try {
      const body = { question: question.trim(), answer: answer.trim() };
      const made = await client.json(`/v1/gaps/${encodeURIComponent(gap.gap_id)}/draft`, { method: "POST", body });
      for await (const job of followJob(client, made.job_id)) {
        if (job.status === "failed") throw new Error(job.error?.title);
      }
      say(said.made);
      if (!alive.current) return;
      close();
      go({ page: "document", id: made.document_id, version: made.version });
    } catch (failure) {
      if (!alive.current) say(explain(failure, words));
      setProblem(explain(failure, words));
      setBusy(false);
    }
  };
  return html`<${Dialog} title=${said.draftTitle} close=${close} wide busy=${busy}>
    <form class="stack" onSubmit=${onSubmit}>
      <p class="faint">${said.draftLead}</p>
      <${Field} label=${said.question} value=${question} change=${setQuestion} locked=${busy} required />
      <${Field} label=${said.answer} value=${answer} change=${setAnswer} rows=${5} hint=${said.answerHint} locked=${busy} required />
      ${gap.questions.length > 0 &&
      html`<h3>${said.questions(new Set(gap.questions.map((one) => one.question)).size)}</h3>
        <ul class="plain">${[...new Set(gap.questions.map((one) => one.question))].map((text) => html`<li>${text}</li>`)}</ul>`}
      <p class="said" role="alert">${problem}</p>
      <div class="ask-end">
        <button type="button" class="quiet" onClick=${close}>${words.cancel}</button>
        <button type="submit" class="solid" disabled=${busy || !answer.trim() || !question.trim()}>${busy ? words.saving : said.save}</button>
      </div>
    </form>
  <//>`;
}
