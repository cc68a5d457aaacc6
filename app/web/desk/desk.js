// @ts-check
/**
 * The live desk of one agent: its tickets, counts and settings, kept by the service's event stream. The service's word
 * always wins, so that several windows of one agent show the same.
 *
 * @typedef {import("../api/desk.js").Ticket} Ticket
 *
 * @typedef {object} DeskState
 * @property {Map<string, Ticket>} tickets
 * @property {import("../api/desk.js").Counts} counts
 * @property {import("../api/desk.js").Me | null} me
 * @property {import("../api/desk.js").Skill[]} skills
 * @property {"starting" | "live" | "lost"} connection
 * @property {string} open the ticket on the screen
 * @property {Map<string, number>} typing when the customer of a ticket was last seen typing, ms since 1970
 * @property {Map<string, number>} read by ticket: the last message of ours that the customer has read
 */
import { Follower } from "../chat/follower.js";
import { Outbox } from "./outbox.js";

export const TYPING_MS = 6_000;

export class Desk {
  #client;
  #changed;
  #news;
  #remind;
  #unsent;
  #follower;
  #outboxes;
  /** How often the service told of each ticket. @type {Map<string, number>} */
  #told = new Map();
  /** The person's own id, as tickets name it. */
  agent = "";
  /** @type {DeskState} */
  state = {
    tickets: new Map(),
    counts: {},
    me: null,
    skills: [],
    connection: "starting",
    open: "",
    typing: new Map(),
    read: new Map(),
  };

  /**
   * @param {object} parts
   * @param {import("../api/staff.js").StaffClient} parts.client
   * @param {string} parts.agent
   * @param {Map<string, Outbox>} parts.outboxes by ticket: what this agent has not sent yet
   * @param {() => void} parts.changed
   * @param {(ticket: Ticket, before: Ticket | undefined) => void} parts.news a ticket came or changed, as it happens
   * @param {(ticket: Ticket) => void} parts.remind its time is nearly over
   * @param {(ticket: Ticket | undefined) => void} parts.unsent a message of a ticket that is not on the screen did not go out
   */
  constructor({ client, agent, outboxes, changed, news, remind, unsent }) {
    this.#client = client;
    this.#outboxes = outboxes;
    this.#changed = changed;
    this.#news = news;
    this.#unsent = unsent;
    this.#remind = (/** @type {string} */ id) => {
      const ticket = this.state.tickets.get(id);
      if (ticket) remind(ticket);
    };
    this.agent = agent;
    this.#follower = new Follower({
      client,
      place: () => ({ path: "/v1/desk/events", after: 0 }),
      receive: (frame) => this.#receive(frame),
      refused: () => this.#set({ connection: "lost" }),
      connection: (up) => this.#set({ connection: up ? "live" : "lost" }),
    });
  }

  start() {
    this.#follower.start();
    void this.#load("/v1/desk/me", (me) => this.#set({ me }));
    void this.#load("/v1/desk/skills", ({ skills }) => this.#set({ skills }));
  }

  stop() {
    this.#follower.stop();
    for (const outbox of this.#outboxes.values()) outbox.stop();
  }

  /** What this agent says in a ticket, on its way; it goes on while another ticket is open. @param {string} ticket */
  outbox(ticket) {
    const found = this.#outboxes.get(ticket) ?? new Outbox(this.#client, ticket);
    found.troubled = () => this.#unsent(this.state.tickets.get(ticket));
    this.#outboxes.set(ticket, found);
    return found;
  }

  /** Something said in this ticket did not go out. @param {string} ticket */
  trouble(ticket) {
    return this.#outboxes.get(ticket)?.trouble ?? false;
  }

  /** @param {Partial<DeskState>} change */
  #set(change) {
    this.state = { ...this.state, ...change };
    this.#changed();
  }

  /**
   * What the desk can do without; a failure leaves it unsaid.
   *
   * @param {string} path
   * @param {(data: any) => void} put
   */
  async #load(path, put) {
    try {
      put(await this.#client.json(path));
    } catch {
      // The desk works without it.
    }
  }

  /** @param {import("../api/sse.js").Frame} frame */
  #receive(frame) {
    /** @type {any} */
    let data;
    try {
      data = JSON.parse(frame.data);
    } catch {
      return;
    }
    switch (frame.event) {
      case "hello":
        this.agent = data.agent?.id ?? (typeof data.agent === "string" ? data.agent : this.agent);
        this.#set({ tickets: this.#merged(data.tickets), counts: data.counts ?? {}, connection: "live" });
        break;
      case "ticket":
        this.put(data.ticket);
        break;
      case "message":
        this.#heard(data);
        break;
      case "typing":
        this.typed(data.ticket_id);
        break;
      case "read":
        this.markRead(data.ticket_id, data.sequence);
        break;
      case "reminder":
        this.#remind(data.ticket_id);
        break;
      case "counts":
        this.#set({ counts: data });
        break;
      default:
    }
  }

  /**
   * A snapshot replaces what was known, but for the ticket on the screen, which may have left the list, and for what
   * only a ticket read by itself tells (its summary).
   *
   * @param {Ticket[]} listed
   */
  #merged(listed) {
    for (const { id } of listed) this.#count(id);
    const tickets = new Map(listed.map((ticket) => [ticket.id, { ...this.state.tickets.get(ticket.id), ...ticket }]));
    const open = this.state.tickets.get(this.state.open);
    if (open && !tickets.has(open.id)) tickets.set(open.id, open);
    return tickets;
  }

  /** @param {{ticket_id: string, from: string, text: string, at: string}} message */
  #heard({ ticket_id, from, text, at }) {
    const ticket = this.state.tickets.get(ticket_id);
    const typing = new Map(this.state.typing);
    typing.delete(ticket_id);
    this.#set({ typing });
    if (!ticket || (ticket.last?.at === at && ticket.last.text === text)) return;
    const counted = from === "customer" ? { unread: (ticket.unread ?? 0) + 1 } : {};
    this.put({ ...ticket, ...counted, last: { from, text, at } });
  }

  /** @param {string} id of a ticket that the service tells of */
  #count(id) {
    this.#told.set(id, (this.#told.get(id) ?? 0) + 1);
  }

  /** @param {Ticket} ticket */
  put(ticket) {
    this.#count(ticket.id);
    const before = this.state.tickets.get(ticket.id);
    this.#set({ tickets: new Map(this.state.tickets).set(ticket.id, { ...before, ...ticket }) });
    this.#news(ticket, before);
  }

  /** @param {string} id */
  look(id) {
    if (this.state.open !== id) this.#set({ open: id });
  }

  /** The customer of a ticket is typing. @param {string} id */
  typed(id) {
    this.#set({ typing: new Map(this.state.typing).set(id, Date.now()) });
  }

  /** @param {string} id @param {number} sequence */
  markRead(id, sequence) {
    if ((this.state.read.get(id) ?? 0) < sequence) this.#set({ read: new Map(this.state.read).set(id, sequence) });
  }

  /** Nothing on this ticket is new to this agent any more. @param {string} id */
  seen(id) {
    const ticket = this.state.tickets.get(id);
    if (ticket?.unread) this.#set({ tickets: new Map(this.state.tickets).set(id, { ...ticket, unread: 0 }) });
  }

  /**
   * @param {string} id
   * @returns {Promise<void>} with its summary
   */
  async read(id) {
    const told = this.#told.get(id);
    const ticket = await this.#client.json(`/v1/tickets/${encodeURIComponent(id)}`);
    const known = this.state.tickets.get(id);
    const { summary, draft, ratings } = ticket;
    // A summary takes its time: what was told of the ticket meanwhile is newer than this answer.
    const older = known && this.#told.get(id) !== told;
    this.put(older ? { ...known, summary, draft, ratings } : ticket);
  }

  /**
   * One step of a ticket.
   *
   * @param {string} id
   * @param {"accept" | "transfer" | "resolve" | "return"} step
   * @param {object} [body]
   * @returns {Promise<Ticket>} throws Problem or Unreachable
   */
  async move(id, step, body = {}) {
    const ticket = await this.#client.json(`/v1/tickets/${encodeURIComponent(id)}/${step}`, { method: "POST", body });
    this.put(ticket);
    return ticket;
  }

  /** @param {Partial<import("../api/desk.js").Me>} change */
  async setMe(change) {
    const me = await this.#client.json("/v1/desk/me", { method: "PUT", body: { ...this.state.me, ...change } });
    this.#set({ me: me ?? { ...this.state.me, ...change } });
  }
}

const RANK = { P0: 0, P1: 1, P2: 2 };

/**
 * The queue as it should be worked: emergencies, then what is due first.
 *
 * @param {Iterable<Ticket>} tickets
 * @param {string} agent
 * @returns {{mine: Ticket[], queued: Ticket[], closed: Ticket[]}}
 */
export function sorted(tickets, agent) {
  const all = [...tickets];
  const mine = all.filter((ticket) => ticket.status === "assigned" && ticket.agent_id === agent);
  const queued = all.filter((ticket) => ticket.status === "queued");
  const closed = all.filter((ticket) => ticket.closed_at && ticket.agent_id === agent);
  const byPriority = (/** @type {Ticket} */ one, /** @type {Ticket} */ other) => RANK[one.priority] - RANK[other.priority];
  queued.sort((one, other) => byPriority(one, other) || Date.parse(one.due_at) - Date.parse(other.due_at));
  mine.sort(
    (one, other) =>
      byPriority(one, other) || Date.parse(one.assigned_at ?? one.created_at) - Date.parse(other.assigned_at ?? other.created_at),
  );
  closed.sort((one, other) => Date.parse(other.closed_at ?? "") - Date.parse(one.closed_at ?? ""));
  return { mine, queued, closed: closed.slice(0, 8) };
}
