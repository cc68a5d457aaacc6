// @ts-check
/**
 * The bank's own synonyms: one line a group. All groups are saved together, as the service keeps them, and never over
 * those that somebody else saved after they were read.
 */
import { Icon } from "../chat/icons.js";
import { html, useEffect, useState } from "../html.js";
import { may, useConsole } from "./context.js";
import { Head } from "./frame.js";
import { Empty, explain, Trouble, useLoaded, Waiting } from "./loading.js";
import { hrefTo } from "./routes.js";

const SEPARATORS = /[,，、;；]+/;

/** @param {string} line */
function wordsOf(line) {
  return [...new Set(line.split(SEPARATORS).map((word) => word.trim()).filter(Boolean))];
}

/**
 * @param {Response} response
 * @returns {Promise<{groups: string[][], edition: string | null}>} edition: what the service calls these very groups
 */
async function read(response) {
  const { groups } = await response.json();
  return { groups, edition: response.headers.get("etag") };
}

export function SynonymsPage() {
  const { client, words, staff, say } = useConsole();
  const said = words.synonyms;
  const loaded = useLoaded(async (signal) => read(await client.send("/v1/synonyms", { signal })), []);
  const [lines, setLines] = useState(/** @type {{key: number, text: string}[]} */ ([]));
  const [changed, setChanged] = useState(false);
  const [problem, setProblem] = useState("");
  const [busy, setBusy] = useState(false);
  const editor = may(staff, "editor");
  useEffect(() => {
    const groups = loaded.data?.groups ?? [];
    setLines(groups.map((group, key) => ({ key, text: group.join("，") })));
    setChanged(false);
  }, [loaded.data]);
  /** @param {{key: number, text: string}[]} next */
  const change = (next) => {
    setLines(next);
    setChanged(true);
    setProblem("");
  };
  const add = () => change([...lines, { key: Math.max(-1, ...lines.map(({ key }) => key)) + 1, text: "" }]);
  /** @param {Event} event */
  const save = async (event) => {
    event.preventDefault();
    const kept = lines.filter(({ text }) => text.trim());
    const short = kept.findIndex(({ text }) => wordsOf(text).length < 2);
    if (short >= 0) {
      setProblem(said.tooFew(short + 1));
      return;
    }
    setBusy(true);
    try {
      const body = { groups: kept.map(({ text }) => wordsOf(text)) };
      const edition = loaded.data?.edition;
      const headers = edition ? { "if-match": edition } : undefined;
      loaded.put(await read(await client.send("/v1/synonyms", { method: "PUT", body, headers })));
      say(said.saved);
    } catch (failure) {
      setProblem(explain(failure, words));
    }
    setBusy(false);
  };
  return html`<div class="view">
    <${Head} title=${said.title} lead=${said.lead}>
      <a class="button soft" href=${hrefTo({ page: "search" })}><${Icon} name="search" />${said.try}</a>
    <//>
    ${!editor && html`<p class="faint">${said.readOnly}</p>`}
    <${Trouble} problem=${loaded.problem} retry=${loaded.reload} />
    ${!loaded.data && loaded.busy && html`<${Waiting} />`}
    ${loaded.data && lines.length === 0 && html`<${Empty} title=${said.emptyTitle} lead=${said.emptyLead} icon="equals" />`}
    ${loaded.data &&
    html`<form class="stack" onSubmit=${save}>
      <ol class="synonyms">
        ${lines.map(
          ({ key, text }, at) => html`<li key=${key}>
            <input
              type="text"
              aria-label=${said.group(at + 1)}
              placeholder=${said.example}
              value=${text}
              readonly=${!editor || busy}
              onInput=${(/** @type {InputEvent & {currentTarget: HTMLInputElement}} */ event) =>
                change(lines.map((line) => (line.key === key ? { key, text: event.currentTarget.value } : line)))}
            />
            ${editor &&
            html`<button
              type="button"
              class="quiet icon-only"
              aria-label=${said.removeGroup(at + 1)}
              disabled=${busy}
              onClick=${() => change(lines.filter((line) => line.key !== key))}
            >
              <${Icon} name="close" />
            </button>`}
          </li>`,
        )}
      </ol>
      ${editor &&
      html`<p class="said" role="alert">${problem}</p>
        <div class="save-bar">
          <button type="button" class="soft" disabled=${busy} onClick=${add}><${Icon} name="plus" />${said.add}</button>
          <p class="faint" role="status">${changed ? said.unsaved : ""}</p>
          <button type="submit" class="solid" disabled=${busy || !changed}>${busy ? words.saving : said.save}</button>
        </div>`}
    </form>`}
  </div>`;
}
