// @ts-check
/** One sentence through the real rails, as a customer's message or as part of an answer. */
import { Icon } from "../chat/icons.js";
import { html, useState } from "../html.js";
import { useConsole } from "./context.js";
import { Field, Select } from "./fields.js";
import { Empty, Trouble, Waiting } from "./loading.js";
import { RailVerdict } from "./rail_verdict.js";

/** @typedef {import("../api/rails.js").Checked} Checked */
/** @typedef {import("../api/rails.js").Direction} Direction */

const TOLERANCES = ["C1", "C2", "C3", "C4", "C5"];
const DIRECTIONS = /** @type {Direction[]} */ (["input", "output"]);

export function RailTry() {
  const { client, words } = useConsole();
  const said = words.rails;
  const [direction, setDirection] = useState(/** @type {Direction} */ ("input"));
  const [text, setText] = useState("");
  const [question, setQuestion] = useState("");
  const [evidence, setEvidence] = useState("");
  const [tolerance, setTolerance] = useState("");
  const [until, setUntil] = useState("");
  const [born, setBorn] = useState("");
  const [state, set] = useState(
    /** @type {{checked: Checked | null, text: string, direction: Direction, problem: Error | null, busy: boolean}} */ ({
      checked: null, text: "", direction: "input", problem: null, busy: false,
    }),
  );
  /** @param {Direction} way @param {string} sentence @param {string} [asked] @param {string} [rests] */
  const run = async (way, sentence, asked = question, rests = evidence) => {
    if (!sentence.trim()) return;
    set((before) => ({ ...before, problem: null, busy: true }));
    const passages = rests.split(/\n\s*\n/).map((passage) => passage.trim()).filter(Boolean);
    const customer = { tolerance: tolerance || null, assessed_until: until || null, birth_year: Number(born) || null };
    const body = way === "input" ? { direction: way, text: sentence } : { direction: way, text: sentence, question: asked, evidence: passages, customer };
    try {
      const checked = await client.json("/v1/guard/check", { method: "POST", body });
      set({ checked, text: sentence, direction: way, problem: null, busy: false });
    } catch (problem) {
      set((before) => ({ ...before, checked: null, problem: /** @type {Error} */ (problem), busy: false }));
    }
  };
  /** @param {import("../words/knowledge/index.js").KnowledgeWords["rails"]["examples"][number]} example */
  const take = (example) => {
    setDirection(example.direction);
    setText(example.text);
    setQuestion(example.question ?? "");
    setEvidence(example.evidence ?? "");
    void run(example.direction, example.text, example.question ?? "", example.evidence ?? "");
  };
  const { checked, problem, busy } = state;
  return html`<form
      class="bench"
      onSubmit=${(/** @type {Event} */ event) => {
        event.preventDefault();
        void run(direction, text);
      }}
    >
      <fieldset class="rail-way">
        <legend class="sr">${said.direction}</legend>
        ${DIRECTIONS.map(
          (name) => html`<label key=${name} class="rail-choice">
            <input
              type="radio"
              name="direction"
              value=${name}
              checked=${direction === name}
              onChange=${() => {
                setDirection(name);
                set((before) => ({ ...before, checked: null }));
              }}
            />
            <span>${said.directions[name]}</span>
          </label>`,
        )}
      </fieldset>
      <${Field} label=${said.sentence[direction]} value=${text} change=${setText} rows=${2} placeholder=${said.placeholder[direction]} />
      ${direction === "output" &&
      html`<${Field} label=${said.question} value=${question} change=${setQuestion} />
        <${Field} label=${said.evidence} value=${evidence} change=${setEvidence} rows=${4} hint=${said.evidenceHint} />
        <details class="fold is-inline">
          <summary>${said.customer}</summary>
          <p class="field-hint">${said.customerHint}</p>
          <div class="bench-when">
            <${Select} label=${said.tolerance} value=${tolerance} change=${setTolerance} options=${[["", said.notAssessed], ...TOLERANCES.map((level) => [level, level])]} />
            <${Field} label=${said.assessedUntil} type="date" value=${until} change=${setUntil} />
            <${Field} label=${said.birthYear} type="number" value=${born} change=${setBorn} placeholder="1950" />
          </div>
        </details>`}
      <div class="rail-go">
        <button type="submit" class="solid" disabled=${busy || !text.trim()}><${Icon} name="shield" />${said.run}</button>
        <p class="faint">${said.notKept}</p>
      </div>
    </form>
    <div aria-live="polite">
      ${busy && html`<${Waiting} />`}
      <${Trouble} problem=${problem} retry=${() => void run(direction, text)} />
      ${checked && !busy && html`<${RailVerdict} checked=${checked} text=${state.text} direction=${state.direction} />`}
    </div>
    ${!checked &&
    !busy &&
    !problem &&
    html`<${Empty} title=${said.teachTitle} lead=${said.teachLead} icon="shield">
      <ul class="chips-list">
        ${said.examples.map(
          (example) => html`<li><button type="button" class="chip" onClick=${() => take(example)}>${example.text}</button></li>`,
        )}
      </ul>
    <//>`}`;
}
