// @ts-check
/** Topics pinned to approved wording: what holds now, and setting one with a look at whom it would catch. */
import { Icon } from "../chat/icons.js";
import { html, useState } from "../html.js";
import { may, useConsole } from "./context.js";
import { shownTime } from "./days.js";
import { Decision, Dialog } from "./dialog.js";
import { Field } from "./fields.js";
import { Head } from "./frame.js";
import { Empty, explain, Trouble, useAlive, useLoaded, Waiting } from "./loading.js";

/** @typedef {import("../api/knowledge.js").Freeze} Freeze */

export function FreezesPage() {
  const { client, words, staff, say, language } = useConsole();
  const said = words.freezes;
  const list = useLoaded((signal) => client.json("/v1/freezes", { signal }), []);
  const [creating, setCreating] = useState(false);
  const [removing, setRemoving] = useState(/** @type {Freeze | null} */ (null));
  const freezes = /** @type {Freeze[]} */ (list.data?.freezes ?? []);
  const approver = may(staff, "approver");
  /** @param {string} comment */
  const remove = async (comment) => {
    await client.send(`/v1/freezes/${encodeURIComponent(removing?.freeze_id ?? "")}`, { method: "DELETE", body: { comment } });
    say(said.removed);
    list.reload();
  };
  return html`<div class="view">
    <${Head} title=${said.title} lead=${said.lead}>
      ${approver && html`<button type="button" class="solid" onClick=${() => setCreating(true)}><${Icon} name="pin" />${said.create}</button>`}
    <//>
    ${!approver && html`<p class="faint">${said.onlyApprover}</p>`}
    <${Trouble} problem=${list.problem} retry=${list.reload} />
    ${!list.data && list.busy && html`<${Waiting} />`}
    ${list.data && freezes.length === 0 && html`<${Empty} title=${said.emptyTitle} lead=${said.emptyLead} icon="pin" />`}
    <ul class="freezes">
      ${freezes.map(
        (freeze) => html`<li key=${freeze.freeze_id} class="card freeze">
          <header>
            <h2><${Icon} name="pin" />${freeze.topic}</h2>
            ${approver && html`<button type="button" class="line" onClick=${() => setRemoving(freeze)}>${said.remove}</button>`}
          </header>
          <blockquote class="passage">${freeze.text}</blockquote>
          <ul class="tags">${freeze.questions.map((question) => html`<li>${question}</li>`)}</ul>
          <p class="faint">
            ${[said.by(freeze.created_by, shownTime(freeze.created_at, language)), freeze.valid_to && words.until(freeze.valid_to), freeze.comment].filter(Boolean).join(" · ")}
          </p>
        </li>`,
      )}
    </ul>
    ${creating &&
    html`<${CreateDialog}
      close=${() => setCreating(false)}
      done=${() => {
        say(said.saved);
        list.reload();
      }}
    />`}
    ${removing &&
    html`<${Decision}
      title=${said.removeTitle}
      lead=${said.removeLead(removing.topic)}
      commentLabel=${said.comment}
      action=${said.remove}
      grave
      decide=${remove}
      close=${() => setRemoving(null)}
    />`}
  </div>`;
}

/** @param {{close: () => void, done: () => void}} props done: it is in force */
function CreateDialog({ close, done }) {
  const { client, words, say } = useConsole();
  const said = words.freezes;
  const [topic, setTopic] = useState("");
  const [lines, setLines] = useState("");
  const [text, setText] = useState("");
  const [until, setUntil] = useState("");
  const [comment, setComment] = useState("");
  const [hits, setHits] = useState(/** @type {string[] | null} */ (null));
  const [busy, setBusy] = useState("");
  const [problem, setProblem] = useState("");
  const alive = useAlive();
  const questions = lines.split("\n").map((line) => line.trim()).filter(Boolean);
  const saving = busy === words.saving;
  const named = topic.trim() && questions.length > 0;
  const preview = async () => {
    setBusy(said.previewing);
    setProblem("");
    try {
      const found = await client.json("/v1/freezes/preview", { method: "POST", body: { topic: topic.trim(), questions } });
      setHits(found.hits.map((/** @type {string | {question: string}} */ hit) => (typeof hit === "string" ? hit : hit.question)));
    } catch (failure) {
      setProblem(explain(failure, words));
    }
    setBusy("");
  };
  /** @param {Event} event */
  const onSubmit = async (event) => {
    event.preventDefault();
    if (!named || !text.trim()) {
      setProblem(said.needed);
      return;
    }
    setBusy(words.saving);
    setProblem("");
    try {
      const body = { topic: topic.trim(), questions, text: text.trim(), valid_to: until || null, comment: comment.trim() };
      await client.json("/v1/freezes", { method: "POST", body });
      done();
      if (alive.current) close();
    } catch (failure) {
      if (!alive.current) say(explain(failure, words));
      setProblem(explain(failure, words));
      setBusy("");
    }
  };
  return html`<${Dialog} title=${said.create} close=${close} wide busy=${saving}>
    <form class="stack" onSubmit=${onSubmit}>
      <${Field} label=${said.topic} value=${topic} change=${setTopic} placeholder=${said.topicHint} locked=${saving} />
      <${Field} label=${said.questions} value=${lines} change=${setLines} rows=${4} hint=${said.questionsHint} locked=${saving} />
      <div>
        <button type="button" class="soft" disabled=${!named || Boolean(busy)} onClick=${preview}><${Icon} name="search" />${said.preview}</button>
      </div>
      <div aria-live="polite">
        ${busy && html`<${Waiting} text=${busy} />`}
        ${hits &&
        !busy &&
        html`<div class="note is-block">
          <p>${hits.length ? said.hits(hits.length) : said.noHits}</p>
          <ul class="plain">${hits.map((hit) => html`<li>${hit}</li>`)}</ul>
        </div>`}
      </div>
      <${Field} label=${said.text} value=${text} change=${setText} rows=${4} locked=${saving} />
      <div class="grid">
        <${Field} label=${said.until} type="date" value=${until} change=${setUntil} locked=${saving} />
        <${Field} label=${said.comment} value=${comment} change=${setComment} locked=${saving} />
      </div>
      <p class="said" role="alert">${problem}</p>
      <div class="ask-end">
        <button type="button" class="quiet" onClick=${close}>${words.cancel}</button>
        <button type="submit" class="solid" disabled=${Boolean(busy)}>${said.save}</button>
      </div>
    </form>
  <//>`;
}
