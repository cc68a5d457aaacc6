// @ts-check
/** The desk: who is signed in, the live desk behind it, and which view is open. */
import { StaffClient } from "../api/staff.js";
import { Settings, SettingsSheet } from "../chat/frame.js";
import { html, useEffect, useMemo, useRef, useState } from "../html.js";
import { SignIn } from "../knowledge/sign_in.js";
import { usePreferences } from "../preferences.js";
import { DESK_LANGUAGES } from "../words/desk/index.js";
import { LANGUAGES, WordsContext } from "../words/index.js";
import { StaffWordsContext } from "../words/staff.js";
import { may } from "../knowledge/context.js";
import { ring, useBadge } from "./bell.js";
import { Clock } from "./clocks.js";
import { DeskContext } from "./context.js";
import { Desk, sorted } from "./desk.js";
import { FiguresPage } from "./figures.js";
import { Frame } from "./frame.js";
import { useRoute } from "./routes.js";
import { TicketsPage } from "./tickets.js";

const SAID_MS = 4_000;

/** @param {{storage: Storage}} props */
export function App({ storage }) {
  const [preferences, change] = usePreferences((language) => DESK_LANGUAGES[language].title);
  const words = DESK_LANGUAGES[preferences.language];
  const wordsNow = useRef(words);
  wordsNow.current = words;
  const route = useRoute();
  const [readiness, setReadiness] = useState(/** @type {import("../api/types.js").Readiness | null} */ (null));
  const [notice, setNotice] = useState("");
  const [settings, setSettings] = useState(false);
  const [said, setSaid] = useState({ text: "" });
  const [, redraw] = useState(0);
  const again = useMemo(() => () => redraw((count) => count + 1), []);
  const client = useMemo(
    () =>
      new StaffClient(storage, () => {
        setNotice(wordsNow.current.signIn.expired);
        again();
      }),
    [storage],
  );
  const say = useMemo(() => (/** @type {string} */ text) => setSaid({ text }), []);
  const name = client.staff?.name ?? "";
  const desk = useMemo(
    () =>
      new Desk({
        client,
        agent: name,
        changed: again,
        remind: (ticket) => {
          const { bell, reasons, otherReason } = wordsNow.current;
          say(bell.soon(reasons[ticket.reason] ?? otherReason));
        },
        news: (ticket, before) => announce(ticket, before, desk.agent, wordsNow.current, say),
      }),
    [client, name],
  );
  useEffect(() => {
    if (!name) return undefined;
    desk.start();
    return () => desk.stop();
  }, [desk, name]);
  useEffect(() => {
    client.open("/readyz").then(setReadiness, () => undefined);
  }, [client]);
  useEffect(() => {
    if (!said.text) return undefined;
    const timer = setTimeout(() => setSaid({ text: "" }), SAID_MS);
    return () => clearTimeout(timer);
  }, [said]);
  const { mine, queued } = sorted(desk.state.tickets.values(), desk.agent);
  const urgent = queued.filter((ticket) => ticket.priority === "P0").length;
  useBadge(words.title, name ? urgent : 0, mine.reduce((sum, ticket) => sum + (ticket.unread ?? 0), 0), words);

  const { staff } = client;
  const chatWords = LANGUAGES[preferences.language];
  const bank = readiness?.bank?.name ?? chatWords.bank;
  const demo = readiness?.demo === true;
  const signOut = (/** @type {string} */ why) => {
    client.signOut();
    setNotice(why);
    again();
  };
  /** @param {string} user @param {string} password */
  const enter = async (user, password) => {
    const entered = await client.signIn(user, password);
    if (may(entered, "agent")) setNotice("");
    else signOut(words.signIn.noRole);
    again();
  };
  if (!staff) {
    return html`<${StaffWordsContext.Provider} value=${words}>
      <${SignIn} words=${words} bank=${bank} demo=${demo} notice=${notice} enter=${enter} />
    <//>`;
  }
  /** @type {import("./context.js").DeskParts} */
  const parts = { client, staff, desk, words, language: preferences.language, say };
  return html`<${WordsContext.Provider} value=${chatWords}><${StaffWordsContext.Provider} value=${words}><${DeskContext.Provider} value=${parts}>
    <${Clock}>
      <${Frame}
        page=${route.page}
        bank=${bank}
        demo=${demo}
        signOut=${() => signOut("")}
        openSettings=${() => setSettings(true)}
        said=${said.text}
      >
        ${route.page === "figures" ? html`<${FiguresPage} />` : html`<${TicketsPage} id=${route.id} />`}
      <//>
      ${settings && html`<${SettingsSheet} close=${() => setSettings(false)}><${Settings} preferences=${preferences} change=${change} /><//>`}
    <//>
  <//><//><//>`;
}

/**
 * What is worth a word: an emergency that comes in, a ticket that somebody handed over.
 *
 * @param {import("../api/desk.js").Ticket} ticket
 * @param {import("../api/desk.js").Ticket | undefined} before
 * @param {string} agent
 * @param {import("../words/desk/index.js").DeskWords} words
 * @param {(text: string) => void} say
 */
function announce(ticket, before, agent, words, say) {
  const fresh = ticket.status === "queued" && before?.status !== "queued";
  if (fresh && ticket.priority === "P0") {
    say(words.bell.came(words.reasons[ticket.reason] ?? words.otherReason));
    void ring();
  } else if (ticket.status === "assigned" && ticket.agent_id === agent && before?.status === "queued" && document.hidden) {
    say(words.bell.given);
  }
}
