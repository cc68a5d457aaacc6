// @ts-check
/** The door: a name and a password, or, in a demo, one click on who one wants to be. */
import { Icon } from "../chat/icons.js";
import { html, useState } from "../html.js";
import { Field } from "./fields.js";
import { explain } from "./loading.js";

/**
 * @typedef {object} SignInProps
 * @property {import("../words/staff.js").StaffWords} words
 * @property {string} bank
 * @property {boolean} demo
 * @property {string} notice why one stands here again
 * @property {(name: string, password: string) => Promise<void>} enter
 */

/** @param {SignInProps} props */
export function SignIn({ words, bank, demo, notice, enter }) {
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const [said, setSaid] = useState("");
  const [busy, setBusy] = useState(false);
  /** @param {string} user @param {string} secret */
  const tryToEnter = async (user, secret) => {
    setBusy(true);
    setSaid("");
    try {
      await enter(user, secret);
    } catch (problem) {
      setSaid(explain(problem, words));
      setBusy(false);
    }
  };
  /** @param {Event} event */
  const onSubmit = (event) => {
    event.preventDefault();
    void tryToEnter(name.trim(), password);
  };
  return html`<main class="door" id="main">
    <div class="rosette" aria-hidden="true"></div>
    <div class="door-box">
      <p class="brand">
        <span class="seal" aria-hidden="true">稳</span>
        <span class="brand-words"><span class="brand-bank">${bank}</span><span class="brand-line">${words.tagline}</span></span>
      </p>
      <h1>${words.signIn.title}</h1>
      <p class="lead">${words.signIn.lead}</p>
      ${notice && html`<p class="note is-trouble" role="status"><${Icon} name="hand" />${notice}</p>`}
      <form class="stack" onSubmit=${onSubmit}>
        <${Field} label=${words.signIn.user} value=${name} change=${setName} autocomplete="username" required />
        <${Field} label=${words.signIn.password} type="password" value=${password} change=${setPassword} autocomplete="current-password" required />
        <p class="said" role="alert">${said}</p>
        <button type="submit" class="solid" disabled=${busy}>${busy ? words.signIn.busy : words.signIn.submit}</button>
      </form>
      ${demo &&
      html`<section class="door-demo" aria-label=${words.signIn.demoTitle}>
        <h2>${words.signIn.demoTitle}</h2>
        <ul>
          ${Object.entries(words.signIn.demoUsers).map(
            ([user, what]) => html`<li key=${user}>
              <button type="button" class="chip" disabled=${busy} onClick=${() => tryToEnter(user, "demo")}>
                <b>${user}</b><span>${what}</span>
              </button>
            </li>`,
          )}
        </ul>
        <p class="faint">${words.signIn.demoPassword}</p>
      </section>`}
    </div>
  </main>`;
}
