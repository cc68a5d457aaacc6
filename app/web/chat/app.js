// @ts-check
/**
 * The customers' page: one session, its conversation, and what stands around it.
 *
 * What the parts of the page may ask for:
 * @typedef {object} Deeds
 * @property {boolean} waiting a person has been asked for
 * @property {(text: string) => boolean} send whether it is taken
 * @property {(key: string) => void} resend
 * @property {(key: string) => void} discard
 * @property {() => void} askForPerson
 * @property {() => void} write go to the message box
 * @property {(citations: import("../api/types.js").Citation[], n: number) => void} openSource
 * @property {(turn: string, on: boolean) => Promise<boolean>} wish to be told once there is an answer
 * @property {(turn: string, feedback: import("./feedback.js").Feedback) => Promise<boolean>} rate
 * @property {(problem: Error, message: boolean) => string} explain
 * @property {(suggestion: string) => boolean} meansPerson
 */
import { Problem } from "../api/client.js";
import { html, useEffect, useMemo, useRef, useState } from "../html.js";
import { usePreferences } from "../preferences.js";
import { LANGUAGES, WordsContext } from "../words/index.js";
import { Announcer, say, spoken } from "./announcer.js";
import { Composer } from "./composer.js";
import { Conversation } from "./conversation.js";
import { Bar, Brand, Settings, SettingsSheet, Strips } from "./frame.js";
import { OwnData } from "./own_data.js";
import { useReadiness } from "./readiness.js";
import { Session } from "./session.js";
import { Sheet } from "./sheet.js";
import { TicketStrip } from "./ticket_strip.js";
import { Welcome } from "./welcome.js";

const HIDDEN_MS = 30_000;

/**
 * @param {Error} problem
 * @param {boolean} message whether a message failed to go out
 * @param {import("../words/index.js").Words} words
 */
function explain(problem, message, words) {
  if (problem instanceof Problem) return words.problems.codes[problem.code] || problem.title || words.problems.unknown;
  return message ? words.problems.unreachable : words.problems.unreachableAction;
}

/** @param {string} suggestion */
function meansPerson(suggestion) {
  return Object.values(LANGUAGES).some((words) => words.actions.person === suggestion);
}

/** @param {(event: import("../api/types.js").ConversationEvent) => void} heard */
function useSession(/** @type {import("../api/client.js").Client} */ client, /** @type {Storage} */ storage, heard) {
  const hear = useRef(heard);
  hear.current = heard;
  const [, redraw] = useState(0);
  const session = useMemo(
    () =>
      new Session({
        client,
        storage,
        changed: () => redraw((count) => count + 1),
        heard: (event) => hear.current(event),
      }),
    [client],
  );
  useEffect(() => {
    void session.restore();
    let timer = 0;
    const onVisibility = () => {
      clearTimeout(timer);
      if (document.hidden) timer = window.setTimeout(() => session.rest(), HIDDEN_MS);
      else {
        session.wake();
        session.look();
      }
    };
    document.addEventListener("visibilitychange", onVisibility);
    return () => document.removeEventListener("visibilitychange", onVisibility);
  }, [session]);
  return session;
}

function useOffline() {
  const [offline, set] = useState(!navigator.onLine);
  useEffect(() => {
    const look = () => set(!navigator.onLine);
    window.addEventListener("online", look);
    window.addEventListener("offline", look);
    return () => {
      window.removeEventListener("online", look);
      window.removeEventListener("offline", look);
    };
  }, []);
  return offline;
}

/** @param {{client: import("../api/client.js").Client, storage: Storage}} props */
export function App({ client, storage }) {
  const [preferences, change] = usePreferences();
  const words = LANGUAGES[preferences.language];
  const [said, setSaid] = useState(/** @type {import("./announcer.js").Said[]} */ ([]));
  const [source, setSource] = useState(
    /** @type {{citations: import("../api/types.js").Citation[], n: number} | null} */ (null),
  );
  const [settings, setSettings] = useState(false);
  const field = useRef(/** @type {HTMLTextAreaElement | null} */ (null));
  const readiness = useReadiness(client);
  const offline = useOffline();
  const session = useSession(client, storage, (event) => {
    const text = spoken(event, words);
    if (text) setSaid((before) => say(before, text));
  });
  const { state } = session;
  useEffect(() => {
    if (!document.hidden) session.look();
  }, [state.items]);
  const bank = readiness?.bank?.name ?? words.bank;
  const waiting = state.ticket?.status === "queued" || state.ticket?.status === "assigned";
  const closeSource = useMemo(() => () => setSource(null), []);

  // What was pressed is gone; where a keyboard is likely, its focus goes to the message box.
  const toField = () => {
    if (window.matchMedia("(hover: hover)").matches) field.current?.focus({ preventScroll: true });
  };

  /** @type {Deeds} */
  const deeds = {
    waiting,
    send: (text) => {
      const taken = session.send(text);
      toField();
      return taken;
    },
    resend: (key) => {
      session.resend(key);
      toField();
    },
    discard: (key) => {
      session.discard(key);
      toField();
    },
    askForPerson: () => void session.askForPerson(),
    write: () => field.current?.focus(),
    openSource: (citations, n) => setSource({ citations, n }),
    wish: (turn, on) => session.wish(turn, on),
    rate: (turn, feedback) => session.rate(turn, feedback),
    explain: (problem, message) => explain(problem, message, words),
    meansPerson,
  };
  const restart = () => {
    session.restart();
    setSource(null);
    setSettings(false);
    setSaid([]);
    field.current?.focus();
  };
  const erased = () => {
    session.restart();
    setSource(null);
    setSaid([]);
  };
  const choices = html`<${Settings} preferences=${preferences} change=${change} restart=${restart}>
    <${OwnData} client=${client} explain=${deeds.explain} erased=${erased} />
  <//>`;
  return html`<${WordsContext.Provider} value=${words}>
    <a class="skip" href="#composer" onClick=${(/** @type {Event} */ event) => {
      event.preventDefault();
      deeds.write();
    }}>${words.skip}</a>
    <div class=${source ? "app has-sheet" : "app"}>
      <aside class="rail" aria-label=${words.settings.title}>
        <${Brand} bank=${bank} />
        ${readiness?.demo && html`<p class="rail-demo">${words.banners.demo}</p>`}
        <div class="rail-promise">
          <p>${words.promise}</p>
          <ul>${words.points.map((point) => html`<li>${point}</li>`)}</ul>
        </div>
        ${choices}
      </aside>
      <div class="stage">
        <${Bar}
          bank=${bank}
          preferences=${preferences}
          change=${change}
          waiting=${waiting}
          handingOff=${state.handingOff}
          askForPerson=${deeds.askForPerson}
          openSettings=${() => setSettings(true)}
        />
        <${Strips} readiness=${readiness} offline=${offline} state=${state} />
        <${Conversation} state=${state} deeds=${deeds} language=${preferences.language}>
          ${!state.restoring && html`<${Welcome} send=${deeds.send} hotline=${readiness?.bank?.hotline ?? words.hotline} />`}
        <//>
        <footer class="dock">
          ${state.problem &&
          html`<div class="problem" role="alert">
            <p>${deeds.explain(state.problem, false)}</p>
            <button type="button" class="quiet" onClick=${() => session.dismiss()}>${words.actions.dismiss}</button>
          </div>`}
          <${TicketStrip} state=${state} session=${session} language=${preferences.language} />
          <${Composer}
            busy=${state.busy}
            withAgent=${state.ticket?.status === "assigned"}
            language=${preferences.language}
            send=${deeds.send}
            stop=${() => session.stop()}
            typing=${() => session.typing()}
            field=${field}
          />
        </footer>
      </div>
      ${source &&
      html`<${Sheet}
        citations=${source.citations}
        n=${source.n}
        turn=${(/** @type {number} */ n) => setSource({ ...source, n })}
        close=${closeSource}
      />`}
    </div>
    ${settings && html`<${SettingsSheet} close=${() => setSettings(false)}>${choices}<//>`}
    <${Announcer} said=${said} />
  <//>`;
}
