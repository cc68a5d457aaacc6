// @ts-check
/**
 * The door: the institution's own sign-in page, or, in a demo, a name and a password or one click on who one wants to
 * be.
 */
import { LoginFailed } from "../api/oidc.js";
import { Icon } from "../chat/icons.js";
import { html, useEffect, useState } from "../html.js";
import { useWords } from "../words/index.js";
import { Field } from "./fields.js";
import { explain } from "./loading.js";

/**
 * @typedef {object} SignInProps
 * @property {import("../words/staff.js").StaffWords} words
 * @property {string} bank
 * @property {boolean} demo
 * @property {import("../staff_shell.js").Ways | null} ways how one gets in; null until the service has said so
 * @property {() => Promise<void>} leave for the institution's sign-in page
 * @property {string} notice why one stands here again
 * @property {(name: string, password: string) => Promise<void>} enter
 */

/** @param {SignInProps} props */
export function SignIn({ words, bank, demo, ways, leave, notice, enter }) {
  const { institution } = useWords();
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
  // Back from the institution's page by the browser's own button: the door stands as it was left.
  useEffect(() => {
    const shown = () => setBusy(false);
    addEventListener("pageshow", shown);
    return () => removeEventListener("pageshow", shown);
  }, []);
  const goOut = async () => {
    setBusy(true);
    setSaid("");
    try {
      await leave();
    } catch (problem) {
      setSaid(problem instanceof LoginFailed ? institution.failures[problem.code] : explain(problem, words));
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
      ${ways?.oidc &&
      html`<div class="stack">
        <p class="faint">${institution.lead}</p>
        <p class="said" role="alert">${said}</p>
        <button type="button" class="solid" disabled=${busy} onClick=${goOut}>${busy ? institution.leaving : institution.enter}</button>
      </div>`}
      ${ways && !ways.oidc && !ways.demo && html`<p class="note is-trouble" role="alert"><${Icon} name="hand" />${institution.none}</p>`}
      ${ways?.demo &&
      html`<form class="stack" onSubmit=${onSubmit}>
        <${Field} label=${words.signIn.user} value=${name} change=${setName} autocomplete="username" required />
        <${Field} label=${words.signIn.password} type="password" value=${password} change=${setPassword} autocomplete="current-password" required />
        ${!ways.oidc && html`<p class="said" role="alert">${said}</p>`}
        <button type="submit" class="solid" disabled=${busy}>${busy ? words.signIn.busy : words.signIn.submit}</button>
      </form>`}
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
