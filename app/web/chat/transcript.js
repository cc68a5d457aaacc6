// @ts-check
/**
 * The conversation as a fold over its numbered events. The same events give the same view whatever order they came
 * in and however often: that is what makes resuming free of doubles and losses.
 *
 * @typedef {import("../api/types.js").ConversationEvent} ConversationEvent
 * @typedef {import("../api/types.js").EventBody} EventBody
 * @typedef {import("../api/types.js").Citation} Citation
 * @typedef {import("../api/types.js").Handoff} Handoff
 * @typedef {import("../api/types.js").TicketStatus} TicketStatus
 *
 * @typedef {{kind: "customer", key: string, text: string, at: number, sequence: number}} CustomerItem
 * @typedef {{kind: "agent", key: string, agent: string, text: string, at: number, sequence: number}} AgentItem
 * @typedef {{kind: "note", key: string, note: TicketStatus | "renewed", text: string, at: number}} NoteItem
 *
 * An answer has been found to what was once asked in vain.
 * @typedef {{kind: "notice", key: string, text: string, question: string, at: number}} NoticeItem
 *
 * One answer. parts: the released pieces in order. status: "running" until the turn closed; "stopped" when the
 * customer stopped it here.
 * @typedef {object} TurnItem
 * @property {"turn"} kind
 * @property {string} key
 * @property {string} id
 * @property {string} question
 * @property {string[]} parts
 * @property {string} progress
 * @property {import("../api/types.js").GeneratorName} generator
 * @property {string} label
 * @property {Citation[]} citations
 * @property {string[]} suggestions
 * @property {"running" | "stopped" | import("../api/types.js").TurnStatus} status
 * @property {string} reason
 * @property {string} priority
 * @property {{code: string, title: string} | null} failure
 * @property {number} at
 *
 * @typedef {CustomerItem | AgentItem | NoteItem | NoticeItem | TurnItem} Item
 *
 * @typedef {object} View
 * @property {Item[]} items
 * @property {string | null} running the turn that is being answered
 * @property {string} asked the customer's last words
 * @property {(Handoff & {status: TicketStatus, agent: string, told_at?: number}) | null} ticket told_at: when
 *   place and estimate were told, ms since 1970
 */

/** @type {View} */
const EMPTY = { items: [], running: null, asked: "", ticket: null };

const NAMELESS = "nameless-";

export class Transcript {
  /** @type {ConversationEvent[]} */
  #events = [];
  /** @type {Set<number>} */
  #seen = new Set();
  #watermark = 0;
  /** What stands for a record that has not come yet, and the number that record is below.
   * @type {{sequence: number, below: number} | null} */
  #standIn = null;
  view = EMPTY;

  /** The last number before the first gap: where a reader resumes. */
  get watermark() {
    return this.#watermark;
  }

  /** The highest number seen. */
  get last() {
    return this.#events.at(-1)?.sequence ?? 0;
  }

  /**
   * @param {ConversationEvent} event
   * @returns {boolean} whether it was new
   */
  add(event) {
    if (this.#seen.has(event.sequence)) return false;
    if (event.type === "customer.message") this.#replaceStandIn(event.sequence);
    this.#seen.add(event.sequence);
    while (this.#seen.has(this.#watermark + 1)) this.#watermark += 1;
    if (event.sequence > this.last) {
      this.#events.push(event);
      this.view = apply(this.view, event);
    } else {
      const after = this.#events.findIndex((other) => other.sequence > event.sequence);
      this.#events.splice(after, 0, event);
      this.view = this.#events.reduce(apply, EMPTY);
    }
    return true;
  }

  /**
   * Add what only this page knows, after everything seen so far.
   *
   * @param {EventBody} body
   * @param {number} at
   */
  note(body, at) {
    const { last } = this;
    this.add({ ...body, sequence: last + (Math.floor(last) + 1 - last) / 2, at });
  }

  /**
   * The customer's words, shown before the log's own record of them has come.
   *
   * @param {string} text
   * @param {number} at
   * @param {number} below the number of the first event that answers it
   */
  standIn(text, at, below) {
    this.note({ type: "customer.message", data: { text } }, at);
    this.#standIn = { sequence: this.last, below };
  }

  /** @param {number} sequence of the log's own record */
  #replaceStandIn(sequence) {
    const standIn = this.#standIn;
    if (!standIn || !Number.isInteger(sequence) || sequence >= standIn.below) return;
    this.#events = this.#events.filter((event) => event.sequence !== standIn.sequence);
    this.#standIn = null;
    this.view = this.#events.reduce(apply, EMPTY);
  }
}

/**
 * @param {View} view
 * @param {ConversationEvent} event
 * @returns {View}
 */
function apply(view, event) {
  switch (event.type) {
    case "customer.message":
      return {
        ...view,
        running: null,
        asked: event.data.text,
        items: [...view.items, customerItem(event.data.text, event)],
      };
    case "turn.started":
      return started(view, event.data.turn_id, event, {
        generator: event.data.generator,
        label: event.data.ai_label,
      });
    case "turn.progress":
      return during(view, event, () => ({ progress: event.data.text }));
    case "answer.delta":
      return during(view, event, (turn) => ({ parts: [...turn.parts, event.data.text], progress: "" }));
    case "answer.citations":
      return during(view, event, () => ({ citations: event.data.citations }));
    case "turn.refused":
      return during(view, event, () => ({ status: "refused", reason: event.data.reason }));
    case "answer.suggestions":
      return during(view, event, () => ({ suggestions: event.data.items }));
    case "turn.failed":
      return during(view, event, () => ({ failure: { code: event.data.code, title: event.data.title } }));
    case "handoff.created":
      return handedOff(view, event);
    case "agent.message":
      return {
        ...view,
        ticket: view.ticket && { ...view.ticket, agent: event.data.agent },
        items: [
          ...view.items,
          {
            kind: "agent",
            key: `a${event.sequence}`,
            agent: event.data.agent,
            text: event.data.text,
            at: event.at,
            sequence: event.sequence,
          },
        ],
      };
    case "notice":
      return {
        ...view,
        items: [
          ...view.items,
          {
            kind: "notice",
            key: `f${event.sequence}`,
            text: event.data.text,
            question: event.data.question ?? "",
            at: event.at,
          },
        ],
      };
    case "ticket.updated":
      return ticketChanged(view, event);
    case "turn.completed":
      return completed(view, event);
    case "local.stopped":
      // It stays the running one: what the service still says of it belongs to it, and is not shown.
      return update(view, event.data.turn_id, () => ({ status: "stopped", progress: "" }));
    default:
      return view;
  }
}

/**
 * @param {string} text
 * @param {ConversationEvent} event
 * @returns {CustomerItem}
 */
function customerItem(text, { sequence, at }) {
  return { kind: "customer", key: `c${sequence}`, text, at, sequence };
}

/**
 * @param {View} view
 * @param {string} id
 * @param {ConversationEvent} event
 * @param {Partial<TurnItem>} facts
 * @returns {View}
 */
function started(view, id, event, facts) {
  const adopted = adopt(view, id);
  if (adopted.items.some((item) => item.kind === "turn" && item.id === id)) return update(adopted, id, () => facts);
  /** @type {TurnItem} */
  const turn = {
    kind: "turn",
    key: `t${id}`,
    id,
    question: view.asked,
    parts: [],
    progress: "",
    generator: "rule",
    label: "",
    citations: [],
    suggestions: [],
    status: "running",
    reason: "",
    priority: "",
    failure: null,
    at: event.at,
    ...facts,
  };
  return { ...view, running: id, items: [...view.items, turn] };
}

/**
 * Give an answer that began before its turn had a name that name.
 *
 * @param {View} view
 * @param {string} id
 * @returns {View}
 */
function adopt(view, id) {
  const { running } = view;
  if (!running?.startsWith(NAMELESS)) return view;
  const items = view.items.map((item) => (item.kind === "turn" && item.id === running ? { ...item, id } : item));
  return { ...view, running: id, items };
}

/**
 * Change the turn an event belongs to: the one it names, else the one being answered.
 *
 * @param {View} view
 * @param {ConversationEvent & {data: {turn_id?: string}}} event
 * @param {(turn: TurnItem) => Partial<TurnItem>} change
 * @returns {View}
 */
function during(view, event, change) {
  const id = event.data.turn_id ?? view.running;
  if (id) return update(view, id, change);
  // Progress may come before the turn has said who answers.
  const nameless = `${NAMELESS}${event.sequence}`;
  return update(started(view, nameless, event, {}), nameless, change);
}

/**
 * @param {View} view
 * @param {string} id
 * @param {(turn: TurnItem) => Partial<TurnItem>} change
 * @returns {View}
 */
function update(view, id, change) {
  const items = view.items.map((item) =>
    item.kind === "turn" && item.id === id && item.status !== "stopped" ? { ...item, ...change(item) } : item,
  );
  return { ...view, items };
}

/**
 * @param {View} view
 * @param {ConversationEvent & {type: "handoff.created"}} event
 * @returns {View}
 */
function handedOff(view, event) {
  const { data } = event;
  const id = data.turn_id ?? view.running;
  const within = id
    ? update(view, id, () => ({
        status: "handed_off",
        reason: data.reason ?? "",
        priority: data.priority ?? "",
        progress: "",
      }))
    : view;
  return {
    ...within,
    ticket: { ...data, status: "queued", agent: "", told_at: event.at },
    items: [
      ...within.items,
      { kind: "note", key: `n${event.sequence}`, note: "queued", text: data.text ?? "", at: event.at },
    ],
  };
}

/**
 * @param {View} view
 * @param {ConversationEvent & {type: "ticket.updated"}} event
 * @returns {View}
 */
function ticketChanged(view, event) {
  const { ticket_id, status, agent, text = "", position, estimate_s } = event.data;
  const open = view.ticket?.ticket_id === ticket_id ? view.ticket : { ticket_id, agent: "" };
  const ticket = { ...open, status, agent: agent ?? open.agent };
  if (position !== undefined) Object.assign(ticket, { position, estimate_s, told_at: event.at });
  if (status === "queued" && !text) return { ...view, ticket };
  return {
    ...view,
    ticket,
    items: [...view.items, { kind: "note", key: `n${event.sequence}`, note: status, text, at: event.at }],
  };
}

/**
 * The turn's own record is the truth about what was shown.
 *
 * @param {View} view
 * @param {ConversationEvent & {type: "turn.completed"}} event
 * @returns {View}
 */
function completed(view, event) {
  const { turn } = event.data;
  if (turn.status === "relayed") {
    const named = adopt(view, turn.turn_id);
    const items = named.items.filter((item) => item.kind !== "turn" || item.id !== turn.turn_id);
    return { ...named, running: null, items };
  }
  const known = started(view, turn.turn_id, event, {});
  const closed = update(known, turn.turn_id, (item) => ({
    status: turn.status,
    progress: "",
    parts: item.parts.join("") === turn.text ? item.parts : [turn.text],
    citations: turn.citations ?? item.citations,
    suggestions: turn.suggestions ?? item.suggestions,
    reason: turn.reason ?? item.reason,
    generator: turn.generator ?? item.generator,
    label: turn.ai_label || item.label,
    failure: turn.status === "failed" ? (item.failure ?? { code: turn.reason ?? "", title: "" }) : null,
  }));
  return { ...closed, running: closed.running === turn.turn_id ? null : closed.running };
}
