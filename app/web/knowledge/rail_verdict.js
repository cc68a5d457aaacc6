// @ts-check
/** What the rails decided: the action in words, the sentence with the places marked, each rule with its law. */
import { Icon } from "../chat/icons.js";
import { html } from "../html.js";
import { useConsole } from "./context.js";
import { hrefTo } from "./routes.js";

/** @typedef {import("../api/rails.js").Checked} Checked */
/** @typedef {import("../api/rails.js").Fired} Fired */

/**
 * The text in pieces, marked where any rule matched. Places count code points, as the service does.
 *
 * @param {string} text
 * @param {Fired[]} rules
 * @returns {{text: string, marked: boolean}[]}
 */
export function piecesOf(text, rules) {
  const points = [...text];
  const marked = points.map(() => false);
  for (const { start, end } of rules.flatMap((rule) => rule.spans)) marked.fill(true, start, end);
  /** @type {{text: string, marked: boolean}[]} */
  const pieces = [];
  points.forEach((point, at) => {
    const last = pieces.at(-1);
    const here = marked[at] === true;
    if (last && last.marked === here) last.text += point;
    else pieces.push({ text: point, marked: here });
  });
  return pieces;
}

/** @param {{checked: Checked, text: string, direction: import("../api/rails.js").Direction}} props */
export function RailVerdict({ checked, text, direction }) {
  const { words } = useConsole();
  const said = words.rails;
  const { action, reason, priority, reply, rules, masked_text: masked } = checked;
  const allowed = action === "allow";
  // Of a rewritten answer the customer sees what is left; of a stopped one only the reply.
  const shown = direction === "input" ? (allowed ? "" : reply) : masked || reply;
  const kept = direction === "input" && masked !== text ? masked : "";
  const took = Object.values(checked.timings).reduce((sum, value) => sum + value, 0);
  return html`<section class=${allowed ? "verdict is-enough" : "verdict"} aria-label=${said.verdict}>
    <p class="verdict-title"><${Icon} name=${allowed ? "check" : "hand"} />${said.actions[direction][action] ?? action}</p>
    ${!allowed &&
    html`<p class="tags">
      <span>${said.reasons[reason] ?? reason}</span>
      ${priority && html`<span>${said.priorities[priority] ?? priority}</span>`}
    </p>`}
    <blockquote class="rail-text">
      ${piecesOf(text, rules).map((piece) => (piece.marked ? html`<mark>${piece.text}</mark>` : piece.text))}
    </blockquote>
    ${shown &&
    html`<div class="rail-reply">
      <h3>${said.shown}</h3>
      <p class="rail-words">${shown}</p>
    </div>`}
    ${kept &&
    html`<div class="rail-reply">
      <h3>${said.kept}</h3>
      <p class="rail-words">${kept}</p>
    </div>`}
    ${rules.length > 0 &&
    html`<div class="rail-fired">
      <h3>${said.fired(rules.length)}</h3>
      <ol>${rules.map((rule, at) => html`<${FiredRule} key=${rule.id} rule=${rule} deciding=${at === 0} />`)}</ol>
    </div>`}
    <p class="faint">${said.timing(took.toFixed(1))}</p>
  </section>`;
}

/** @param {{rule: Fired, deciding: boolean}} props deciding: the most severe of them, whose words are used */
function FiredRule({ rule, deciding }) {
  const { words } = useConsole();
  const said = words.rails;
  const disguised = rule.spans.filter((span) => span.read_as);
  return html`<li class="rail-rule">
    <p class="rail-catches">${rule.catches || rule.id}${deciding && html` <span class="pill is-approved">${said.deciding}</span>`}</p>
    ${disguised.length > 0 &&
    html`<ul class="rail-disguises" aria-label=${said.disguises}>
      ${disguised.map((span) => html`<li><mark>${span.text}</mark> ${said.readAs} <b>${span.read_as}</b></li>`)}
    </ul>`}
    <dl class="rail-facts">
      <div><dt>${said.source}</dt><dd>${rule.source}</dd></div>
      <div>
        <dt>${said.severity}</dt>
        <dd>${[rule.severity, rule.priority && (said.priorities[rule.priority] ?? rule.priority), said.kinds[rule.kind]].filter((part) => part !== null && part !== undefined && part !== "").join(" · ")}</dd>
      </div>
      <div><dt>${said.id}</dt><dd><a class="code" href=${hrefTo({ page: "rails", query: { view: "rules", rule: rule.id } })}>${rule.id}</a></dd></div>
    </dl>
  </li>`;
}
