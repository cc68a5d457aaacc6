// @ts-check
/** The desk: who is signed in, the live desk behind it, and which view is open. */
import { html, useEffect, useMemo, useState } from "../html.js";
import { useStaffShell } from "../staff_shell.js";
import { DESK_LANGUAGES } from "../words/desk/index.js";
import { ring, useBadge } from "./bell.js";
import { Clock } from "./clocks.js";
import { DeskContext } from "./context.js";
import { Desk, sorted } from "./desk.js";
import { FiguresPage } from "./figures.js";
import { Frame } from "./frame.js";
import { LeaveDialog, useOutboxes } from "./leaving.js";
import { useRoute } from "./routes.js";
import { TicketsPage } from "./tickets.js";

const SAID_MS = 4_000;

/** @param {{storage: Storage}} props */
export function App({ storage }) {
  const shell = useStaffShell({ storage, languages: DESK_LANGUAGES, roles: ["agent"], saidMs: SAID_MS });
  const { client, staff, words, wordsNow, say, again } = shell;
  const route = useRoute();
  const name = staff?.name ?? "";
  const { outboxes, pending, forget } = useOutboxes(name);
  const [leaving, setLeaving] = useState(false);
  // A question put to one person is not the next one's.
  useEffect(() => setLeaving(false), [name]);
  const desk = useMemo(
    () =>
      new Desk({
        client,
        agent: name,
        outboxes,
        changed: again,
        remind: (ticket) => {
          const { bell, reasons, otherReason } = wordsNow.current;
          say(bell.soon(reasons[ticket.reason] ?? otherReason));
        },
        unsent: (ticket) => {
          const { queue, reasons, otherReason } = wordsNow.current;
          say(queue.unsentThere(reasons[ticket?.reason ?? ""] ?? otherReason));
        },
        news: (ticket, before) => announce(ticket, before, desk.agent, wordsNow.current, say),
      }),
    [client, name, outboxes],
  );
  useEffect(() => {
    if (!name) return undefined;
    desk.start();
    return () => desk.stop();
  }, [desk, name]);
  const { mine, queued } = sorted(desk.state.tickets.values(), desk.agent);
  const urgent = queued.filter((ticket) => ticket.priority === "P0").length;
  useBadge(words.title, name ? urgent : 0, mine.reduce((sum, ticket) => sum + (ticket.unread ?? 0), 0), words);
  const signOut = () => {
    setLeaving(false);
    shell.signOut();
    forget();
  };
  return shell.show(() => {
    if (!staff) return null;
    /** @type {import("./context.js").DeskParts} */
    const parts = { client, staff, desk, words, language: shell.language, say };
    return html`<${DeskContext.Provider} value=${parts}>
      <${Clock}>
        <${Frame}
          page=${route.page}
          bank=${shell.bank}
          demo=${shell.demo}
          signOut=${() => (pending() ? setLeaving(true) : signOut())}
          openSettings=${shell.openSettings}
          said=${shell.said}
        >
          ${route.page === "figures" ? html`<${FiguresPage} />` : html`<${TicketsPage} id=${route.id} />`}
        <//>
        ${leaving && html`<${LeaveDialog} leave=${signOut} close=${() => setLeaving(false)} />`}
      <//>
    <//>`;
  });
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
