// @ts-check
/** The rules as data: what each catches, by which law, how it answers, and its examples. */
import { html, useEffect, useState } from "../html.js";
import { useConsole } from "./context.js";
import { Field, Select } from "./fields.js";
import { Trouble, useLoaded, Waiting } from "./loading.js";

/** @typedef {import("../api/rails.js").Rule} Rule */

/** @param {{wanted: string}} props wanted: the id of a rule to open, or nothing */
export function RailRules({ wanted }) {
  const { client, words } = useConsole();
  const said = words.rails;
  const list = useLoaded((signal) => client.json("/v1/guard/rules", { signal }), []);
  const [query, setQuery] = useState(wanted);
  const [direction, setDirection] = useState("");
  const [reason, setReason] = useState("");
  useEffect(() => setQuery(wanted), [wanted]);
  const rules = /** @type {Rule[]} */ (list.data?.rules ?? []);
  const sought = query.trim().toLowerCase();
  const found = rules.filter(
    (rule) =>
      (!direction || rule.direction === direction) &&
      (!reason || rule.reason === reason) &&
      (!sought || [rule.id, rule.catches, rule.source, ...rule.matches].some((text) => text.toLowerCase().includes(sought))),
  );
  const reasons = [...new Set(rules.filter((rule) => !direction || rule.direction === direction).map((rule) => rule.reason))];
  return html`<div class="filters">
      <${Field} label=${said.seek} type="search" value=${query} change=${setQuery} />
      <${Select}
        label=${said.direction}
        value=${direction}
        change=${(/** @type {string} */ value) => {
          setDirection(value);
          setReason("");
        }}
        options=${[["", said.both], ...Object.entries(said.directions)]}
      />
      <${Select} label=${said.reason} value=${reason} change=${setReason} options=${[["", said.all], ...reasons.map((name) => [name, said.reasons[name] ?? name])]} />
    </div>
    <${Trouble} problem=${list.problem} retry=${list.reload} />
    ${!list.data && list.busy && html`<${Waiting} />`}
    ${list.data && html`<p class="faint" role="status">${said.count(found.length, rules.length)}</p>`}
    <ul class="rail-list">
      ${found.map((rule) => html`<li key=${rule.id}><${Entry} rule=${rule} open=${rule.id === wanted} /></li>`)}
    </ul>`;
}

/** @param {{rule: Rule, open: boolean}} props */
function Entry({ rule, open }) {
  const { words } = useConsole();
  const said = words.rails;
  /** @param {string} title @param {string[]} texts @param {string} kind */
  const examples = (title, texts, kind) =>
    texts.length > 0 &&
    html`<h3>${title}</h3>
      <ul class=${`rail-examples ${kind}`}>${texts.map((text) => html`<li>${text}</li>`)}</ul>`;
  return html`<details class="fold rail-entry" open=${open}>
    <summary>
      <span class="rail-catches">${rule.catches}</span>
      <span class="tags">
        <span>${said.directions[rule.direction]}</span>
        <span>${said.reasons[rule.reason] ?? rule.reason}</span>
        ${rule.priority && html`<span>${said.priorities[rule.priority] ?? rule.priority}</span>`}
      </span>
    </summary>
    <dl class="rail-facts">
      <div><dt>${said.source}</dt><dd>${rule.source}</dd></div>
      <div><dt>${said.action}</dt><dd>${said.actions[rule.direction][rule.action] ?? rule.action}</dd></div>
      <div><dt>${said.severity}</dt><dd>${rule.severity} · ${said.kinds[rule.kind]}</dd></div>
      <div><dt>${said.id}</dt><dd class="code">${rule.id}</dd></div>
    </dl>
    <h3>${said.shown}</h3>
    <p class="rail-words">${rule.reply}</p>
    ${examples(said.matches, rule.matches, "is-caught")}${examples(said.spares, rule.spares, "is-spared")}
  </details>`;
}
