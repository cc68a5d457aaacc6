// @ts-check
/**
 * The service's contract as the page sees it: events, citations, turns, readiness. Types only.
 *
 * @typedef {"vllm" | "quote" | "rule"} GeneratorName
 * @typedef {"answered" | "abstained" | "refused" | "handed_off" | "relayed" | "failed"} TurnStatus
 * @typedef {"queued" | "assigned" | "resolved" | "returned" | "left"} TicketStatus
 *
 * @typedef {object} Citation
 * @property {number} n the number of the mark in the text
 * @property {string} passage_id
 * @property {string} document_id
 * @property {number} version
 * @property {string} title
 * @property {string} section
 * @property {number | null} page
 * @property {string} quote the verbatim words that support the sentence
 * @property {string} [text] the whole passage, verbatim
 * @property {string} [question] an FAQ pair's question
 * @property {string} [kind] product, regulation or faq
 * @property {string | null} valid_from
 * @property {string | null} valid_to
 *
 * @typedef {object} TurnResult
 * @property {string} turn_id
 * @property {TurnStatus} status
 * @property {string} text
 * @property {Citation[]} [citations]
 * @property {string} [reason]
 * @property {string[]} [rule_ids]
 * @property {string | null} [ticket_id]
 * @property {string[]} [suggestions]
 * @property {string} [ai_label]
 * @property {GeneratorName} [generator]
 *
 * @typedef {object} Handoff
 * @property {string} ticket_id
 * @property {string} [reason]
 * @property {string} [priority]
 * @property {number} [position]
 * @property {string} [text]
 * @property {boolean} [open] people work now
 * @property {string | null} [opens_at]
 * @property {number | null} [estimate_s] until a person joins
 * @property {string} [hotline] for emergencies, day and night
 * @property {string[]} [callback_slots] when a person could call back
 *
 * Every event's data may carry the id of its turn.
 * @typedef {{turn_id?: string}} OfTurn
 *
 * @typedef {| {type: "customer.message", data: OfTurn & {text: string}}
 *   | {type: "turn.started", data: {turn_id: string, generator: GeneratorName, ai_label: string}}
 *   | {type: "turn.progress", data: OfTurn & {stage: string, text: string}}
 *   | {type: "answer.delta", data: OfTurn & {text: string}}
 *   | {type: "answer.citations", data: OfTurn & {citations: Citation[]}}
 *   | {type: "turn.refused", data: OfTurn & {reason: string, rule_ids: string[]}}
 *   | {type: "handoff.created", data: OfTurn & Handoff}
 *   | {type: "answer.suggestions", data: OfTurn & {items: string[]}}
 *   | {type: "agent.message", data: {agent: string, text: string}}
 *   | {type: "ticket.updated", data: {ticket_id: string, status: TicketStatus, agent?: string, text?: string,
 *     position?: number, estimate_s?: number | null}}
 *   | {type: "notice", data: {text: string, document_id: string, question?: string}}
 *   | {type: "turn.failed", data: OfTurn & {code: string, title: string}}
 *   | {type: "turn.completed", data: OfTurn & {turn: TurnResult}}
 *   | {type: "local.stopped", data: {turn_id: string}}
 * } EventBody
 *
 * sequence: the log's number (a fraction marks what only this page knows). at: when it was seen, ms since 1970.
 * @typedef {EventBody & {sequence: number, at: number}} ConversationEvent
 *
 * @typedef {object} StoredMessage
 * @property {number} sequence
 * @property {string} role
 * @property {string} created_at
 * @property {string | null} [turn_id]
 * @property {string | null} [status] of an answer; "running" while it is open
 *
 * @typedef {object} ModelPart
 * @property {string} status
 * @property {string} [stage]
 * @property {number | null} [percent]
 * @property {string} [title]
 *
 * @typedef {object} Readiness
 * @property {string} status
 * @property {boolean} [demo]
 * @property {{name?: string, hotline?: string}} [bank]
 * @property {{model?: ModelPart} & Record<string, {status: string, title?: string} | undefined>} parts
 */
export {};
