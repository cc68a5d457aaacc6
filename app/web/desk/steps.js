// @ts-check
/** The steps that end an agent's part: hand over, close, give back to the bot. Each asks once before it is done. */
import { html, useEffect, useRef, useState } from "../html.js";
import { Dialog } from "../knowledge/dialog.js";
import { Field, Select } from "../knowledge/fields.js";
import { explain } from "../knowledge/loading.js";
import { useDesk } from "./context.js";

/** @typedef {"transfer" | "resolve" | "return"} Step */

export const TRANSFER = /** @type {const} */ ("transfer");
export const RESOLVE = /** @type {const} */ ("resolve");
export const RETURN = /** @type {const} */ ("return");

/**
 * @typedef {object} StepProps
 * @property {Step} step
 * @property {import("../api/desk.js").Ticket} ticket
 * @property {import("./talk.js").Talk | null} talk
 * @property {() => void} close
 */

/** @param {StepProps} props */
export function StepDialog({ step, ticket, talk, close }) {
  const { desk, words, say } = useDesk();
  const said = words.dialogs;
  const others = desk.state.skills.filter(({ id }) => id !== ticket.skill);
  const [skill, setSkill] = useState(others[0]?.id ?? "");
  const [text, setText] = useState(step === RESOLVE ? lastWords(talk) : "");
  const [reusable, setReusable] = useState(false);
  const [question, setQuestion] = useState(ticket.summary?.reusable_question ?? "");
  const [answer, setAnswer] = useState(lastWords(talk));
  const [problem, setProblem] = useState("");
  const [busy, setBusy] = useState(false);
  const here = useRef(true);
  useEffect(
    () => () => {
      here.current = false;
    },
    [],
  );
  const wording = {
    [TRANSFER]: { title: said.transferTitle, lead: said.transferLead, action: said.transferDo, done: said.transferred },
    [RESOLVE]: { title: said.resolveTitle, lead: said.resolveLead, action: said.resolveDo, done: said.resolved },
    [RETURN]: { title: said.returnTitle, lead: said.returnLead, action: said.returnDo, done: said.returned },
  }[step];
  const body = {
    [TRANSFER]: { skill, comment: text.trim() },
    [RESOLVE]: {
      resolution: text.trim(),
      reusable,
      ...(reusable ? { question: question.trim(), answer: answer.trim() } : {}),
    },
    [RETURN]: {},
  }[step];
  /** @param {Event} event */
  const onSubmit = async (event) => {
    event.preventDefault();
    setBusy(true);
    setProblem("");
    // The step would overtake what is on its way, and nothing can be said in the ticket afterwards.
    const outbox = desk.outbox(ticket.id);
    await outbox.settled();
    if (!here.current) return;
    if (outbox.pending) {
      setProblem(said.unsentFirst);
      setBusy(false);
      return;
    }
    try {
      await desk.move(ticket.id, step, body);
      say(step === RESOLVE && reusable ? said.resolvedReusable : wording.done);
      close();
    } catch (failure) {
      setProblem(explain(failure, words));
      setBusy(false);
    }
  };
  const written = text.trim() !== "" && (!reusable || (question.trim() !== "" && answer.trim() !== ""));
  const ready = step === RETURN || (step === TRANSFER ? skill !== "" : written);
  return html`<${Dialog} title=${wording.title} close=${close}>
    <form class="stack" onSubmit=${onSubmit}>
      <p>${wording.lead}</p>
      ${step === TRANSFER &&
      html`<${Select} label=${said.transferSkill} value=${skill} change=${setSkill} options=${others.map(({ id, name }) => [id, name])} />
        <${Field} label=${said.transferComment} value=${text} change=${setText} rows=${3} />`}
      ${step === RESOLVE &&
      html`<${Field} label=${said.resolution} value=${text} change=${setText} rows=${3} hint=${said.resolutionHint} required />
        <div>
          <label class="check">
            <input type="checkbox" checked=${reusable} onChange=${() => setReusable(!reusable)} />
            ${said.reusable}
          </label>
          <p class="field-hint">${said.reusableHint}</p>
        </div>
        ${reusable &&
        html`<${Field} label=${said.reusableQuestion} value=${question} change=${setQuestion} required />
          <${Field} label=${said.reusableAnswer} value=${answer} change=${setAnswer} rows=${4} hint=${said.reusableAnswerHint} required />`}`}
      <p class="said" role="alert">${problem}</p>
      <div class="ask-end">
        <button type="button" class="quiet" onClick=${close}>${words.cancel}</button>
        <button type="submit" class="solid" disabled=${busy || !ready}>${busy ? words.saving : wording.action}</button>
      </div>
    </form>
  <//>`;
}

/** What the agent said last is most often the answer. @param {import("./talk.js").Talk | null} talk */
function lastWords(talk) {
  const last = talk?.state.items.findLast((item) => item.kind === "agent");
  return last?.kind === "agent" ? last.text : "";
}
