// @ts-check
/** The knowledge console: who is signed in, which view is open, and the uploads that go on while views change. */
import { html, useEffect, useMemo, useRef } from "../html.js";
import { useStaffShell } from "../staff_shell.js";
import { KNOWLEDGE_LANGUAGES } from "../words/knowledge/index.js";
import { ConsoleContext } from "./context.js";
import { DocumentPage } from "./document.js";
import { DocumentsPage } from "./documents.js";
import { Frame } from "./frame.js";
import { FreezesPage } from "./freezes.js";
import { GapsPage } from "./gaps.js";
import { RailsPage } from "./rails.js";
import { go, useRoute } from "./routes.js";
import { SearchPage } from "./search.js";
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
  const shell = useStaffShell({ storage, languages: KNOWLEDGE_LANGUAGES, roles: INSIDE, saidMs: SAID_MS });
  const { client, staff, words, say } = shell;
  // The files of one whose pass has expired wait for them; the next person gets none of them.
  const owner = useRef("");
  if (staff) owner.current = staff.name;
  const uploads = useMemo(() => new Uploads(client, shell.again), [client, owner.current]);
  useEffect(() => () => uploads.clear(), [uploads]);
  const route = useRoute();
  return shell.show(() => {
    if (!staff) return null;
    /** @type {import("./context.js").Console} */
    const context = { client, staff, uploads, words, language: shell.language, say };
    return html`<${ConsoleContext.Provider} value=${context}>
      <${Frame}
        route=${route}
        bank=${shell.bank}
        demo=${shell.demo}
        signOut=${() => {
          uploads.clear();
          shell.signOut();
          go({ page: "documents" });
        }}
        openSettings=${shell.openSettings}
        said=${shell.said}
      >
        ${viewOf(route)}
      <//>
    <//>`;
  });
}
