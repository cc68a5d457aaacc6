// @ts-check
/** The evaluation console: who is signed in and which view is open. */
import { html } from "../html.js";
import { useStaffShell } from "../staff_shell.js";
import { EVALUATION_LANGUAGES } from "../words/evaluation/index.js";
import { CasePage } from "./case.js";
import { ComparePage } from "./compare.js";
import { BenchContext } from "./context.js";
import { Frame } from "./frame.js";
import { useRoute } from "./routes.js";
import { RunPage } from "./run.js";
import { RunsPage } from "./runs.js";
import { TrendsPage } from "./trends.js";

const SAID_MS = 6_000;

/** @param {import("./routes.js").Route} route */
function viewOf(route) {
  switch (route.page) {
    case "run":
      return html`<${RunPage} key=${route.run} id=${route.run ?? ""} asked=${route.query ?? {}} />`;
    case "case":
      return html`<${CasePage} key=${`${route.run}/${route.suite}/${route.id}`} run=${route.run ?? ""} suite=${route.suite ?? ""} id=${route.id ?? ""} />`;
    case "compare":
      return html`<${ComparePage} asked=${route.query ?? {}} />`;
    case "trends":
      return html`<${TrendsPage} asked=${route.query ?? {}} />`;
    default:
      return html`<${RunsPage} />`;
  }
}

/** @param {{storage: Storage}} props */
export function App({ storage }) {
  const shell = useStaffShell({ storage, languages: EVALUATION_LANGUAGES, roles: ["evaluator"], saidMs: SAID_MS });
  const { client, staff, words, say } = shell;
  const route = useRoute();
  return shell.show(() => {
    if (!staff) return null;
    /** @type {import("./context.js").Bench} */
    const context = { client, staff, words, language: shell.language, say };
    return html`<${BenchContext.Provider} value=${context}>
      <${Frame} route=${route} bank=${shell.bank} demo=${shell.demo} signOut=${shell.signOut} openSettings=${shell.openSettings} said=${shell.said}>
        ${viewOf(route)}
      <//>
    <//>`;
  });
}
