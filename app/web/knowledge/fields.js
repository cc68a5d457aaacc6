// @ts-check
/** Form fields with their labels, hints and errors tied together for screen readers. */
import { html, useId } from "../html.js";

/**
 * @typedef {object} FieldProps
 * @property {string} label
 * @property {string} value
 * @property {(value: string) => void} change
 * @property {string} [hint]
 * @property {string} [note] shown beside the label, in the colour of care
 * @property {string} [type]
 * @property {string} [placeholder]
 * @property {number} [rows] more than one line
 * @property {boolean} [required]
 * @property {string} [autocomplete]
 * @property {boolean} [locked] what it says is on its way and must not be changed meanwhile
 * @property {boolean} [bare] the label is for screen readers only
 */

/** @param {FieldProps} props */
export function Field({ label, value, change, hint, note, type = "text", placeholder, rows, required, autocomplete, locked = false, bare }) {
  const id = useId();
  const shared = {
    id,
    value,
    placeholder,
    required,
    autocomplete,
    readonly: locked,
    "aria-describedby": hint ? `${id}-hint` : undefined,
    onInput: (/** @type {InputEvent & {currentTarget: HTMLInputElement}} */ event) => change(event.currentTarget.value),
  };
  return html`<div class="field">
    <label for=${id} class=${bare ? "sr" : undefined}>${label}${note && html`<span class="field-note">${note}</span>`}</label>
    ${rows ? html`<textarea rows=${rows} ...${shared}></textarea>` : html`<input type=${type} ...${shared} />`}
    ${hint && html`<p class="field-hint" id=${`${id}-hint`}>${hint}</p>`}
  </div>`;
}

/**
 * @typedef {object} SelectProps
 * @property {string} label
 * @property {string} value
 * @property {(value: string) => void} change
 * @property {[string, string][]} options value, words
 * @property {string} [note]
 * @property {boolean} [locked]
 * @property {boolean} [bare] the label is for screen readers only
 */

/** @param {SelectProps} props */
export function Select({ label, value, change, options, note, locked = false, bare = false }) {
  const id = useId();
  return html`<div class="field">
    <label for=${id} class=${bare ? "sr" : undefined}>${label}${note && html`<span class="field-note">${note}</span>`}</label>
    <select
      id=${id}
      value=${value}
      disabled=${locked}
      onChange=${(/** @type {Event & {currentTarget: HTMLSelectElement}} */ event) => change(event.currentTarget.value)}
    >
      ${options.map(([key, text]) => html`<option key=${key} value=${key} selected=${key === value}>${text}</option>`)}
    </select>
  </div>`;
}
