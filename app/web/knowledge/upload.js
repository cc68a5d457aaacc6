// @ts-check
/** Many files at once: drop them, see where each belongs, watch them being read, and go on to confirm each. */
import { Icon } from "../chat/icons.js";
import { html, useEffect, useRef, useState } from "../html.js";
import { useConsole } from "./context.js";
import { Field, Select } from "./fields.js";
import { Head } from "./frame.js";
import { useLoaded } from "./loading.js";
import { probableDocument } from "./similar.js";
import { UploadItem } from "./upload_item.js";

/** @typedef {import("../api/knowledge.js").Summary} Summary */

/** @param {{target: string}} props target: the document that a dropped file is a new version of */
export function UploadPage({ target }) {
  const { client, words, uploads, say } = useConsole();
  const list = useLoaded((signal) => client.json("/v1/documents", { signal }), []);
  const [over, setOver] = useState(false);
  const picker = useRef(/** @type {HTMLInputElement | null} */ (null));
  const documents = /** @type {Summary[]} */ (list.data?.documents ?? []);
  const titled = documents.find(({ document_id }) => document_id === target);
  /** @param {File} file */
  const place = (file) => {
    if (target) return { target, guessed: false, open: false };
    const guess = file.name.toLowerCase().endsWith(".zip") ? "" : probableDocument(file.name, documents);
    return { target: guess, guessed: guess !== "", open: !list.data };
  };
  useEffect(() => {
    if (list.data) uploads.settle(place);
  }, [list.data]);
  /** @param {FileList | null | undefined} files */
  const add = (files) => {
    const twice = uploads.add([...(files ?? [])], place);
    if (twice.length) say(words.upload.twice(twice));
  };
  /** @param {DragEvent} event */
  const onDrop = (event) => {
    event.preventDefault();
    setOver(false);
    add(event.dataTransfer?.files);
  };
  const { items } = uploads;
  const ready = items.filter(({ state }) => state === "ready");
  const done = items.filter(({ state }) => state === "done").length;
  const failed = items.filter(({ state }) => state === "failed").length;
  const ended = items.length > 0 && done + failed === items.length;
  return html`<div class="view">
    <${Head} title=${titled ? words.upload.asVersionOf(titled.title) : words.upload.title} lead=${words.upload.lead} />
    <div
      class=${over ? "drop is-over" : "drop"}
      onDragOver=${(/** @type {DragEvent} */ event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave=${() => setOver(false)}
      onDrop=${onDrop}
    >
      <span class="empty-icon"><${Icon} name="upload" /></span>
      <p class="drop-title">${over ? words.upload.dropNow : words.upload.drop}</p>
      <p class="faint">${words.upload.formats}</p>
      <button type="button" class="soft" onClick=${() => picker.current?.click()}>${words.upload.choose}</button>
      <input
        ref=${picker}
        class="sr"
        type="file"
        multiple
        tabindex="-1"
        aria-label=${words.upload.choose}
        onChange=${(/** @type {Event & {currentTarget: HTMLInputElement}} */ event) => {
          add(event.currentTarget.files);
          event.currentTarget.value = "";
        }}
      />
    </div>
    ${items.length === 0 && html`<ol class="steps-list">${words.documents.steps.map((step) => html`<li>${step}</li>`)}</ol>`}
    ${items.length > 0 &&
    html`<section aria-label=${words.upload.listTitle}>
      ${ended && html`<p class=${failed ? "note" : "note is-good"} role="status"><${Icon} name=${failed ? "warn" : "check"} />${words.upload.allDone(done, failed)}</p>`}
      <ul class="uploads">
        ${items.map((item) => html`<${UploadItem} key=${item.key} item=${item} documents=${documents} />`)}
      </ul>
      ${ready.length > 0 &&
      html`<${Declared} />
        <div class="ask-end is-start">
          <button type="button" class="solid" onClick=${() => uploads.start()}>
            <${Icon} name="upload" />${words.upload.start(ready.length)}
          </button>
        </div>`}
    </section>`}
  </div>`;
}

/** What the editor already knows about these files; everything may stay empty. */
function Declared() {
  const { words, uploads } = useConsole();
  const [, redraw] = useState(0);
  /** @param {string} name */
  const set = (name) => (/** @type {string} */ value) => {
    uploads.declared = { ...uploads.declared, [name]: value };
    redraw((count) => count + 1);
  };
  const { kind = "", audience = "", valid_from = "", valid_to = "" } = uploads.declared;
  return html`<details class="fold">
    <summary>${words.upload.more}</summary>
    <p class="faint">${words.upload.moreHint}</p>
    <div class="grid">
      <${Select} label=${words.fields.kind} value=${kind} change=${set("kind")} options=${[["", words.upload.auto], ...Object.entries(words.kinds)]} />
      <${Select}
        label=${words.fields.audience}
        value=${audience || "public"}
        change=${set("audience")}
        options=${Object.entries(words.audiences)}
      />
      <${Field} label=${words.fields.valid_from} type="date" value=${valid_from} change=${set("valid_from")} />
      <${Field} label=${words.fields.valid_to} type="date" value=${valid_to} change=${set("valid_to")} hint=${words.confirm.openEnd} />
    </div>
  </details>`;
}
