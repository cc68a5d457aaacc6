// @ts-check
/** One file on its way: where it belongs, how far it is, what came of it, what to do next. */
import { Icon } from "../chat/icons.js";
import { html, useEffect, useRef } from "../html.js";
import { useConsole } from "./context.js";
import { Select } from "./fields.js";
import { KeptOut } from "./kept_out.js";
import { explain } from "./loading.js";
import { hrefTo } from "./routes.js";

/**
 * How far, 0..1: reading counts as the first tenth, since nobody knows how long a file takes before it is read.
 *
 * @param {import("./uploads.js").Item} item
 * @returns {number | undefined} undefined: cannot be told
 */
function share({ state, step, done, total }) {
  if (state === "done") return 1;
  if (state !== "working") return undefined;
  const within = total ? done / total : 0;
  if (step === "parse") return 0.02 + 0.08 * within;
  if (step === "encode") return 0.1 + 0.8 * within;
  return step === "index" ? 0.9 + 0.1 * within : undefined;
}

/** @param {{item: import("./uploads.js").Item, documents: import("../api/knowledge.js").Summary[]}} props */
export function UploadItem({ item, documents }) {
  const { words, uploads, say } = useConsole();
  const { key, name, state, target, guessed } = item;
  const before = useRef(state);
  const outcome = item.outcome && words.upload.outcomes[item.outcome];
  const problem = state === "failed" ? (item.problem?.title ?? explain(item.failure, words)) : "";
  useEffect(() => {
    if (before.current === state) return;
    before.current = state;
    if (state === "done" && outcome) say(words.upload.announce(name, outcome));
    if (state === "failed") say(words.upload.announce(name, problem));
  }, [state]);
  const step = words.upload.steps[state === "working" ? item.step : state] ?? words.upload.steps.queued;
  const waits = state === "ready" || state === "queued";
  const going = state === "queued" || state === "sending" || state === "working";
  return html`<li class=${`upload is-${state}`}>
    <div class="upload-head">
      <${Icon} name=${state === "done" ? "check" : state === "failed" ? "warn" : "document"} />
      <p class="upload-name">${name}</p>
      ${waits &&
      html`<button type="button" class="quiet icon-only" aria-label=${`${words.remove} ${name}`} onClick=${() => uploads.remove(key)}>
        <${Icon} name="close" />
      </button>`}
    </div>
    ${state === "ready" &&
    html`${guessed && html`<p class="field-note">${words.upload.guessed}</p>`}
      <${Select}
        label=${words.upload.target}
        value=${target}
        change=${(/** @type {string} */ value) => uploads.retarget(key, value)}
        options=${[["", words.upload.asNew], ...documents.map((one) => [one.document_id, words.upload.asVersionOf(one.title || one.path)])]}
      />`}
    ${going &&
    html`<div class="upload-progress">
      <progress max="1" value=${share(item)} aria-label=${`${name} ${step}`}></progress>
      <p>
        <span>${item.lost ? words.upload.lost : step}</span>
        ${item.step === "encode" && item.total > 0 && html`<span class="faint">${words.upload.progress(item.done, item.total)}</span>`}
      </p>
    </div>`}
    ${problem && html`<p class="upload-problem">${problem}</p>`}
    ${state === "done" && html`<p>${outcome}</p>`}
    ${item.warnings.length > 0 && html`<${Warnings} warnings=${item.warnings} />`}
    <${KeptOut} items=${item.keptOut} />
    ${state === "done" &&
    item.document_id &&
    html`<p class="upload-next">
      <a class=${item.outcome === "unchanged" ? "button soft" : "button solid"} href=${hrefTo({ page: "document", id: item.document_id, version: item.version })}>
        ${item.outcome === "unchanged" ? words.open : words.upload.next}<${Icon} name="right" />
      </a>
    </p>`}
  </li>`;
}

/** @param {{warnings: import("../api/knowledge.js").Notice[]}} props */
export function Warnings({ warnings }) {
  const { words } = useConsole();
  return html`<div class="warnings">
    <p><${Icon} name="warn" />${words.upload.warningsTitle(warnings.length)}</p>
    <ul>${warnings.map(({ title }) => html`<li>${title}</li>`)}</ul>
  </div>`;
}
