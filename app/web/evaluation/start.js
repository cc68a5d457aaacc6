// @ts-check
/** Which suite to run, and in what the service should differ while it does. */
import { html, useState } from "../html.js";
import { Dialog } from "../knowledge/dialog.js";
import { Select } from "../knowledge/fields.js";
import { explain, Trouble, useLoaded, Waiting } from "../knowledge/loading.js";
import { useBench } from "./context.js";
import { suiteName } from "./figures.js";

/** @param {{close: () => void, started: () => void}} props */
export function StartDialog({ close, started }) {
  const { client, words } = useBench();
  const said = words.start;
  const loaded = useLoaded((signal) => client.json("/v1/evaluation/suites", { signal }), []);
  const suites = /** @type {import("../api/evaluation.js").Suite[]} */ (loaded.data?.suites ?? []);
  const [suite, setSuite] = useState("all");
  const [topK, setTopK] = useState("");
  const [model, setModel] = useState(false);
  const [problem, setProblem] = useState("");
  const [busy, setBusy] = useState(false);
  /** @param {Event} event */
  const onSubmit = async (event) => {
    event.preventDefault();
    setBusy(true);
    setProblem("");
    try {
      const config = { top_k: topK ? Number(topK) : null, model };
      await client.json("/v1/evaluation/runs", { method: "POST", body: { suite, config } });
      started();
    } catch (failure) {
      setProblem(explain(failure, words));
      setBusy(false);
    }
  };
  const every = suites.reduce((sum, one) => sum + one.cases, 0);
  return html`<${Dialog} title=${said.title} close=${close} busy=${busy}>
    <${Trouble} problem=${loaded.problem} retry=${loaded.reload} />
    ${!loaded.data && loaded.busy && html`<${Waiting} />`}
    ${loaded.data && !loaded.data.installed && html`<p class="note is-trouble">${said.notInstalled}</p>`}
    ${loaded.data && html`<form class="stack" onSubmit=${onSubmit}>
      <${Select} label=${said.suite} value=${suite} change=${setSuite}
        options=${[["all", said.all(every)], ...suites.map(({ name, cases }) => [name, said.one(suiteName(name, words), cases)])]} />
      <${Select} label=${said.topK} value=${topK} change=${setTopK}
        options=${[["", said.asIs], ...["1", "2", "3", "6", "8"].map((count) => [count, said.passages(count)])]} />
      <label class="check"><input type="checkbox" checked=${model} onChange=${() => setModel(!model)} />${said.model}</label>
      <p class="faint">${said.lead}</p>
      <p class="said" role="alert">${problem}</p>
      <div class="ask-end">
        <button type="button" class="quiet" onClick=${close}>${words.cancel}</button>
        <button type="submit" class="solid" disabled=${busy || !loaded.data.installed}>${said.go}</button>
      </div>
    </form>`}
  <//>`;
}
