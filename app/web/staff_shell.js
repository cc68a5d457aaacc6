// @ts-check
/** What every staff page stands on: words in the reader's language, the door and who came in, short notices, settings. */
import { beginLogin } from "./api/oidc.js";
import { StaffClient } from "./api/staff.js";
import { Settings, SettingsSheet } from "./chat/frame.js";
import { html, useEffect, useMemo, useRef, useState } from "./html.js";
import { may } from "./knowledge/context.js";
import { SignIn } from "./knowledge/sign_in.js";
import { usePreferences } from "./preferences.js";
import { LANGUAGES, WordsContext } from "./words/index.js";
import { StaffWordsContext } from "./words/staff.js";

/**
 * @typedef {{demo: boolean, oidc: import("./api/oidc.js").Oidc | null}} Ways how staff get in here
 * @typedef {import("./words/index.js").Language} Language
 * @typedef {import("./words/staff.js").StaffWords & {title: string, signIn: {expired: string, noRole: string}}} ShellWords
 */

/**
 * @template {ShellWords} W
 * @param {object} page
 * @param {Storage} page.storage where the pass is kept
 * @param {Record<Language, W>} page.languages
 * @param {string[]} page.roles who may come in
 * @param {number} page.saidMs how long a notice stays
 */
export function useStaffShell({ storage, languages, roles, saidMs }) {
  const [preferences, change] = usePreferences((language) => languages[language].title);
  const words = languages[preferences.language];
  const wordsNow = useRef(words);
  wordsNow.current = words;
  const [readiness, setReadiness] = useState(/** @type {import("./api/types.js").Readiness | null} */ (null));
  const [ways, setWays] = useState(/** @type {Ways | null} */ (null));
  const [notice, setNotice] = useState("");
  const [settings, setSettings] = useState(false);
  const [said, setSaid] = useState({ text: "" });
  const [, redraw] = useState(0);
  const again = useMemo(() => () => redraw((count) => count + 1), []);
  const say = useMemo(() => (/** @type {string} */ text) => setSaid({ text }), []);
  const client = useMemo(
    () =>
      new StaffClient(storage, () => {
        setNotice(wordsNow.current.signIn.expired);
        again();
      }),
    [storage],
  );
  useEffect(() => {
    client.open("/readyz").then(setReadiness, () => undefined);
    client.open("/v1/auth/login").then(setWays, () => setWays({ demo: true, oidc: null }));
  }, [client]);
  useEffect(() => {
    if (!said.text) return undefined;
    const timer = setTimeout(() => setSaid({ text: "" }), saidMs);
    return () => clearTimeout(timer);
  }, [said]);

  const chatWords = LANGUAGES[preferences.language];
  const bank = readiness?.bank?.name ?? chatWords.bank;
  const demo = readiness?.demo === true;
  const signOut = (/** @type {string} */ why) => {
    client.signOut();
    setNotice(why);
    again();
  };
  /** @param {string} name @param {string} password */
  const enter = async (name, password) => {
    const entered = await client.signIn(name, password);
    if (may(entered, ...roles)) setNotice("");
    else signOut(words.signIn.noRole);
    again();
  };
  /** To the institution's sign-in page, and back to this very place. */
  const leave = async () => {
    if (ways?.oidc) location.assign(await beginLogin(ways.oidc, storage, location.pathname + location.search + location.hash));
  };
  // Whoever came in elsewhere may have no business here; they stay signed in there.
  const staff = client.staff && may(client.staff, ...roles) ? client.staff : null;
  const around = (/** @type {import("./html.js").Child} */ inside) =>
    html`<${WordsContext.Provider} value=${chatWords}><${StaffWordsContext.Provider} value=${words}>${inside}<//><//>`;
  return {
    client,
    staff,
    words,
    wordsNow,
    language: preferences.language,
    bank,
    demo,
    say,
    said: said.text,
    again,
    signOut: () => signOut(""),
    openSettings: () => setSettings(true),
    /** The page for whoever came in, else the door. @param {() => import("./html.js").Child} inside */
    show: (inside) =>
      around(
        staff
          ? html`${inside()}${settings &&
            html`<${SettingsSheet} close=${() => setSettings(false)}><${Settings} preferences=${preferences} change=${change} /><//>`}`
          : html`<${SignIn} words=${words} bank=${bank} demo=${demo} ways=${ways} leave=${leave} notice=${notice || (client.staff ? words.signIn.noRole : "")} enter=${enter} />`,
      ),
  };
}
