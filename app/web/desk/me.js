// @ts-check
/** What an agent takes on: skills, languages, how many at once. */
import { html, useState } from "../html.js";
import { Dialog } from "../knowledge/dialog.js";
import { Field } from "../knowledge/fields.js";
import { explain } from "../knowledge/loading.js";
import { useDesk } from "./context.js";

const MOST = 20;

/** @param {{close: () => void}} props */
export function MeDialog({ close }) {
  const { words, desk, say } = useDesk();
  const said = words.me;
  const { me, skills } = desk.state;
  const [chosen, setChosen] = useState(me?.skills ?? []);
  const [languages, setLanguages] = useState(me?.languages ?? []);
  const [capacity, setCapacity] = useState(String(me?.capacity ?? 3));
  const [problem, setProblem] = useState("");
  /** @param {Event} event */
  const onSubmit = async (event) => {
    event.preventDefault();
    const most = Math.min(MOST, Math.max(1, Math.round(Number(capacity)) || 1));
    try {
      await desk.setMe({ skills: chosen, languages, capacity: most });
      say(said.saved);
      close();
    } catch (failure) {
      setProblem(explain(failure, words));
    }
  };
  return html`<${Dialog} title=${said.title} close=${close}>
    <form class="stack" onSubmit=${onSubmit}>
      <${Choices} title=${said.skills} options=${skills.map(({ id, name }) => [id, name])} chosen=${chosen} change=${setChosen} />
      <${Choices} title=${said.languages} options=${Object.entries(words.languages)} chosen=${languages} change=${setLanguages} />
      <${Field} label=${`${said.capacity}（${said.capacityUnit}）`} type="number" value=${capacity} change=${setCapacity} />
      <p class="said" role="alert">${problem}</p>
      <div class="ask-end">
        <button type="button" class="quiet" onClick=${close}>${words.cancel}</button>
        <button type="submit" class="solid">${words.save}</button>
      </div>
    </form>
  <//>`;
}

/** @param {{title: string, options: [string, string][], chosen: string[], change: (chosen: string[]) => void}} props */
function Choices({ title, options, chosen, change }) {
  if (!options.length) return null;
  return html`<fieldset class="choices">
    <legend>${title}</legend>
    ${options.map(
      ([id, name]) => html`<label class="check" key=${id}>
        <input
          type="checkbox"
          checked=${chosen.includes(id)}
          onChange=${() => change(chosen.includes(id) ? chosen.filter((one) => one !== id) : [...chosen, id])}
        />
        ${name}
      </label>`,
    )}
  </fieldset>`;
}
