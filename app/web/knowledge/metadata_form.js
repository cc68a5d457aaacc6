// @ts-check
/** Confirming what the system read from the text: title, kind, code, risk level, days, audience. */
import { Icon } from "../chat/icons.js";
import { html, useState } from "../html.js";
import { useConsole } from "./context.js";
import { Field, Select } from "./fields.js";
import { explain, useAlive } from "./loading.js";

/**
 * @typedef {import("../api/knowledge.js").Version} Version
 * @typedef {Record<"title" | "kind" | "product_code" | "risk_level" | "valid_from" | "valid_to" | "audience", string>} Values
 *
 * @typedef {object} ConfirmProps
 * @property {import("../api/knowledge.js").Document} document
 * @property {Version} version a draft
 * @property {string} path of the version
 * @property {(document: import("../api/knowledge.js").Document) => void} put
 * @property {(going: boolean) => void} setGoing true from when it saves until it has: the form, and what it
 *   says of a failure, stays although the version is not ready meanwhile
 */

const NAMES = /** @type {const} */ (["title", "kind", "product_code", "risk_level", "valid_from", "valid_to", "audience"]);
const LEVELS = ["R1", "R2", "R3", "R4", "R5"];
const LOOK_MS = 400;
const PATIENCE = 600;

/** @param {Version} version */
function proposedOf({ proposed }) {
  return new Set(proposed ?? []);
}

/** @param {Version} version @returns {Values} */
function valuesOf(version) {
  return /** @type {Values} */ (Object.fromEntries(NAMES.map((name) => [name, version[name] ?? ""])));
}

/** @param {ConfirmProps} props */
export function Confirm({ document, version, path, put, setGoing }) {
  const { client, words, say } = useConsole();
  const [values, setValues] = useState(() => valuesOf(version));
  const [busy, setBusy] = useState("");
  const [said, setSaid] = useState("");
  const alive = useAlive();
  const locked = Boolean(busy);
  const proposed = proposedOf(version);
  /** @param {keyof Values} name */
  const set = (name) => (/** @type {string} */ value) => setValues((before) => ({ ...before, [name]: value }));
  const earlier = document.versions.filter(({ version: number, approved_at }) => number < version.version && approved_at).at(-1);
  /** What the version before has and this one does not say. @param {"product_code" | "risk_level"} name */
  const forgotten = (name) => {
    const held = earlier?.[name];
    if (!held || values[name]) return null;
    return html`<button type="button" class="quiet small" disabled=${locked} onClick=${() => set(name)(held)}>${words.confirm.keep(held)}</button>`;
  };
  /** @param {keyof Values} name */
  const note = (name) => (proposed.has(name) ? words.confirm.proposed : undefined);

  /** The document once the version has been prepared again with what was confirmed. */
  const save = async () => {
    const held = valuesOf(version);
    const body = Object.fromEntries(
      NAMES.filter((name) => values[name].trim() !== held[name] || proposed.has(name)).map((name) => [name, values[name].trim() || null]),
    );
    if (Object.keys(body).length === 0) return null;
    setBusy(words.confirm.preparing);
    /** @type {import("../api/knowledge.js").Document} */
    let after = await client.json(path, { method: "PATCH", body });
    for (let looks = 0; looks < PATIENCE; looks += 1) {
      const now = after.versions.find((one) => one.version === version.version);
      if (!now || now.ready) break;
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
      after = await client.json(`/v1/documents/${encodeURIComponent(document.document_id)}`);
    }
    return after;
  };

  /** @param {boolean} submits */
  const finish = async (submits) => {
    if (values.valid_from && values.valid_to && values.valid_to < values.valid_from) {
      setSaid(words.confirm.datesWrong);
      return;
    }
    setSaid("");
    setBusy(words.saving);
    setGoing(true);
    try {
      const saved = await save();
      const after = submits ? await client.json(`${path}/submit`, { method: "POST", body: { comment: "" } }) : saved;
      if (after) put(after);
      say(submits ? words.confirm.submitted : words.confirm.saved);
      setGoing(false);
    } catch (problem) {
      if (!alive.current) say(explain(problem, words));
      setSaid(explain(problem, words));
    }
    setBusy("");
  };
  return html`<section class="card confirm" aria-labelledby="confirm-title">
    <h2 id="confirm-title">${words.confirm.title}</h2>
    <p class="faint">${words.confirm.lead}</p>
    <form
      class="grid"
      onSubmit=${(/** @type {Event} */ event) => {
        event.preventDefault();
        void finish(true);
      }}
    >
      <div class="is-wide"><${Field} label=${words.fields.title} value=${values.title} change=${set("title")} note=${note("title")} locked=${locked} required /></div>
      <${Field}
        label=${words.fields.valid_from}
        type="date"
        value=${values.valid_from}
        change=${set("valid_from")}
        note=${note("valid_from")}
        hint=${words.confirm.validHint}
        locked=${locked}
      />
      <${Field}
        label=${words.fields.valid_to}
        type="date"
        value=${values.valid_to}
        change=${set("valid_to")}
        note=${note("valid_to")}
        hint=${words.confirm.openEnd}
        locked=${locked}
      />
      <${Select}
        label=${words.fields.kind}
        value=${values.kind}
        change=${set("kind")}
        note=${note("kind")}
        options=${Object.entries(words.kinds)}
        locked=${locked}
      />
      <${Select}
        label=${words.fields.audience}
        value=${values.audience}
        change=${set("audience")}
        options=${Object.entries(words.audiences)}
        locked=${locked}
      />
      <div>
        <${Field}
          label=${words.fields.product_code}
          value=${values.product_code}
          change=${set("product_code")}
          note=${note("product_code")}
          locked=${locked}
        />
        ${forgotten("product_code")}
      </div>
      <div>
        <${Select}
          label=${words.fields.risk_level}
          value=${values.risk_level}
          change=${set("risk_level")}
          note=${note("risk_level")}
          options=${[["", words.confirm.none], ...LEVELS.map((level) => [level, level])]}
          locked=${locked}
        />
        ${forgotten("risk_level")}
      </div>
      <div class="is-wide confirm-end">
        <p class="said" role="alert">${said}</p>
        <p class="faint" role="status">${busy}</p>
        <button type="button" class="quiet" disabled=${locked} onClick=${() => finish(false)}>${words.confirm.save}</button>
        <button type="submit" class="solid" disabled=${locked}><${Icon} name="check" />${words.confirm.submit}</button>
      </div>
    </form>
  </section>`;
}
