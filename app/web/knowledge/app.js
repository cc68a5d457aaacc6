// @ts-check
/** The knowledge console: who is signed in, which view is open, and the uploads that go on while views change. */
import { Settings, SettingsSheet } from "../chat/frame.js";
import { StaffClient } from "../api/staff.js";
import { html, useEffect, useMemo, useRef, useState } from "../html.js";
import { usePreferences } from "../preferences.js";
import { KNOWLEDGE_LANGUAGES } from "../words/knowledge/index.js";
import { LANGUAGES, WordsContext } from "../words/index.js";
import { StaffWordsContext } from "../words/staff.js";
import { ConsoleContext, may } from "./context.js";
import { DocumentPage } from "./document.js";
import { DocumentsPage } from "./documents.js";
import { Frame } from "./frame.js";
import { FreezesPage } from "./freezes.js";
import { GapsPage } from "./gaps.js";
import { RailsPage } from "./rails.js";
import { go, useRoute } from "./routes.js";
import { SearchPage } from "./search.js";
import { SignIn } from "./sign_in.js";
import { SynonymsPage } from "./synonyms.js";
import { UploadPage } from "./upload.js";
import { Uploads } from "./uploads.js";

const SAID_MS = 6_000;
const INSIDE = ["editor", "approver", "evaluator", "agent"];

/** @param {import("./routes.js").Route} route */
function viewOf(route) {
  switch (route.page) {
    case "upload":
      return html`<${UploadPage} target=${route.query?.document ?? ""} />`;
    case "document":
      return html`<${DocumentPage} key=${route.id} route=${route} />`;
    case "search":
      return html`<${SearchPage} asked=${route.query ?? {}} />`;
    case "gaps":
      return html`<${GapsPage} />`;
    case "freezes":
      return html`<${FreezesPage} />`;
    case "synonyms":
      return html`<${SynonymsPage} />`;
    case "rails":
      return html`<${RailsPage} asked=${route.query ?? {}} />`;
    default:
      return html`<${DocumentsPage} asked=${route.query ?? {}} />`;
  }
}

/** @param {{storage: Storage}} props */
export function App({ storage }) {
  const [preferences, change] = usePreferences((language) => KNOWLEDGE_LANGUAGES[language].title);
  const words = KNOWLEDGE_LANGUAGES[preferences.language];
  const wordsNow = useRef(words);
  wordsNow.current = words;
  const route = useRoute();
  const [readiness, setReadiness] = useState(/** @type {import("../api/types.js").Readiness | null} */ (null));
  const [notice, setNotice] = useState("");
  const [settings, setSettings] = useState(false);
  const [said, setSaid] = useState({ text: "" });
  const [, redraw] = useState(0);
  const client = useMemo(
    () =>
      new StaffClient(storage, () => {
        setNotice(wordsNow.current.signIn.expired);
        redraw((count) => count + 1);
      }),
    [storage],
  );
  const say = useMemo(() => (/** @type {string} */ text) => setSaid({ text }), []);
  const uploads = useMemo(() => new Uploads(client, () => redraw((count) => count + 1)), [client]);
  useEffect(() => {
    client.open("/readyz").then(setReadiness, () => undefined);
  }, [client]);
  useEffect(() => {
    if (!said.text) return undefined;
    const timer = setTimeout(() => setSaid({ text: "" }), SAID_MS);
    return () => clearTimeout(timer);
  }, [said]);

  const { staff } = client;
  const chatWords = LANGUAGES[preferences.language];
  const bank = readiness?.bank?.name ?? chatWords.bank;
  const demo = readiness?.demo === true;
  const signOut = (/** @type {string} */ why) => {
    client.signOut();
    uploads.clear();
    setNotice(why);
    redraw((count) => count + 1);
  };
  /** @param {string} name @param {string} password */
  const enter = async (name, password) => {
    const entered = await client.signIn(name, password);
    if (may(entered, ...INSIDE)) setNotice("");
    else signOut(words.signIn.noRole);
    redraw((count) => count + 1);
  };
  if (!staff) return html`<${SignIn} words=${words} bank=${bank} demo=${demo} notice=${notice} enter=${enter} />`;
  /** @type {import("./context.js").Console} */
  const context = { client, staff, uploads, words, language: preferences.language, say };
  return html`<${WordsContext.Provider} value=${chatWords}>
    <${StaffWordsContext.Provider} value=${words}><${ConsoleContext.Provider} value=${context}>
      <${Frame}
        route=${route}
        bank=${bank}
        demo=${demo}
        signOut=${() => {
          signOut("");
          go({ page: "documents" });
        }}
        openSettings=${() => setSettings(true)}
        said=${said.text}
      >
        ${viewOf(route)}
      <//>
      ${settings && html`<${SettingsSheet} close=${() => setSettings(false)}><${Settings} preferences=${preferences} change=${change} /><//>`}
    <//><//>
  <//>`;
}
