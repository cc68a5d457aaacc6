// @ts-check
/** The cases of a run: those that went wrong first in sight, the rest one press away, found by words. */
import { html, useState } from "../html.js";
import { Field, Select } from "../knowledge/fields.js";
import { useBench } from "./context.js";
import { metricName, suiteName } from "./figures.js";
import { hrefTo } from "./routes.js";

const PAGE = 40;

/** @param {{run: import("../api/evaluation.js").WholeRun, asked: Record<string, string>}} props */
export function Cases({ run, asked }) {
  const { words } = useBench();
  const said = words.cases;
  const wrong = run.cases.filter(({ failings }) => failings.length);
  const [which, setWhich] = useState(asked.which ?? (wrong.length ? "wrong" : "all"));
  const [suite, setSuite] = useState("");
  const [wanted, setWanted] = useState("");
  const [most, setMost] = useState(PAGE);
  const shown = (which === "wrong" ? wrong : run.cases).filter(
    (one) => (!suite || one.suite === suite) && (!wanted.trim() || `${one.id} ${one.tag} ${one.question} ${one.text}`.includes(wanted.trim())),
  );
  return html`<section class="cases" aria-label=${said.title}>
    <div class="cases-head">
      <h2>${said.title}</h2>
      <div class="ranges" role="group" aria-label=${said.which}>
        <button type="button" class="chip" aria-pressed=${which === "wrong"} onClick=${() => setWhich("wrong")}>${said.wrong(wrong.length)}</button>
        <button type="button" class="chip" aria-pressed=${which === "all"} onClick=${() => setWhich("all")}>${said.all(run.cases.length)}</button>
      </div>
    </div>
    <div class="cases-find">
      <${Field} label=${said.find} value=${wanted} change=${setWanted} type="search" placeholder=${said.find} bare />
      ${run.suites.length > 1 && html`<${Select} label=${said.suite} value=${suite} change=${setSuite} bare
        options=${[["", said.every], ...run.suites.map((name) => [name, suiteName(name, words)])]} />`}
    </div>
    ${!shown.length && html`<p class="faint">${which === "wrong" && !wrong.length ? said.noneWrong : said.none}</p>`}
    <ul class="case-list">
      ${shown.slice(0, most).map((one) => html`<li key=${`${one.suite}/${one.id}`}>
        <a href=${hrefTo({ page: "case", run: run.id, suite: one.suite, id: one.id })}>
          <span class="case-question">${one.question}</span>
          <span class="faint">${one.id} · ${words.turns[one.status] ?? one.status} · ${one.seen ? said.seen : said.unseen}</span>
          ${one.failings.length > 0 && html`<span class="case-failings">${words.case.failed}${one.failings.map((name) => metricName(name, words)).join("、")}</span>`}
        </a>
      </li>`)}
    </ul>
    ${shown.length > most && html`<button type="button" class="soft" onClick=${() => setMost(most + PAGE)}>${said.more(shown.length - most)}</button>`}
  </section>`;
}
