// @ts-check
/** The rails for compliance: try a sentence and see what decides, or read the rules themselves. */
import { html } from "../html.js";
import { useConsole } from "./context.js";
import { Head } from "./frame.js";
import { RailRules } from "./rail_rules.js";
import { RailTry } from "./rail_try.js";
import { hrefTo } from "./routes.js";

/** @param {{asked: Record<string, string>}} props asked.view: "rules" or nothing */
export function RailsPage({ asked }) {
  const { words } = useConsole();
  const said = words.rails;
  const list = asked.view === "rules";
  /** @param {string} view @param {string} name @param {boolean} here */
  const tab = (view, name, here) =>
    html`<a href=${hrefTo({ page: "rails", query: view ? { view } : {} })} aria-current=${here ? "page" : undefined}>${name}</a>`;
  return html`<div class="view">
    <${Head} title=${said.title} lead=${said.lead} />
    <nav class="tabs" aria-label=${said.tabs}>${tab("", said.try, !list)}${tab("rules", said.list, list)}</nav>
    ${list ? html`<${RailRules} wanted=${asked.rule ?? ""} />` : html`<${RailTry} />`}
  </div>`;
}
