// @ts-check
/**
 * The desk's contract as the page sees it: tickets, summaries, figures. Types only.
 *
 * @typedef {"P0" | "P1" | "P2"} Priority
 * @typedef {import("./types.js").TicketStatus} TicketStatus
 *
 * @typedef {object} Ticket
 * @property {string} id
 * @property {string} conversation_id
 * @property {string} customer_id
 * @property {TicketStatus} status
 * @property {string} reason
 * @property {Priority} priority
 * @property {string} skill
 * @property {string} [language]
 * @property {string | null} agent_id
 * @property {string} created_at
 * @property {string} [respond_by] when the first response is due
 * @property {string} due_at of the first response; of the decision when the reason is a complaint
 * @property {string | null} assigned_at
 * @property {string | null} closed_at
 * @property {string | null} [first_response_at]
 * @property {boolean} [overdue]
 * @property {number | null} [position]
 * @property {number | null} [estimate_s]
 * @property {string} [question]
 * @property {{from: string, text: string, at: string} | null} [last]
 * @property {number} [unread]
 * @property {boolean} [reopened]
 * @property {string | null} [resolution]
 * @property {boolean} [reusable]
 * @property {string | null} [transferred_from] the skill it was handed over from
 * @property {{agent: string, comment: string} | null} [transfer] what the colleague said
 * @property {{at: string, contact_masked: string} | null} [callback]
 * @property {Summary} [summary] of one ticket read on its own
 * @property {{document_id: string, version: number} | null} [draft] the FAQ draft made of its answer; read on its own
 * @property {{bot: GivenRating | null, person: GivenRating | null}} [ratings] read on its own
 *
 * @typedef {{score: number, reasons: string[], comment: string, at: string}} GivenRating reasons: codes
 *
 * @typedef {{queued?: number, assigned_to_me?: number, p0?: number, overdue?: number}} Counts
 *
 * @typedef {{passage_id: string, title: string, section: string, quote: string}} Support a passage behind a text
 *
 * @typedef {object} Tried
 * @property {string} turn_id
 * @property {string} question
 * @property {string} status
 * @property {string} answer
 * @property {{title: string, section: string, quote: string}[]} citations
 *
 * Facts are always there; prose only when the model is.
 * @typedef {object} Summary
 * @property {{customer_id: string, tolerance: string | null, assessed_until: string | null, age_65: boolean | null}} [who]
 * @property {string} [wants]
 * @property {string} [question]
 * @property {string} [answer]
 * @property {string} [language]
 * @property {Tried[]} [tried]
 * @property {{rule_id: string, reason: string, catches: string}[]} [rails]
 * @property {{label: "calm" | "worried" | "angry" | "distressed", because: string[]}} [emotion]
 * @property {{products?: string[], amounts?: string[], dates?: string[], phones?: string[]}} [entities]
 * @property {string[]} [open_questions]
 * @property {{text: string, passages: Support[]} | null} [suggested_reply]
 * @property {{text: string, generator: string} | null} [prose]
 * @property {string} [reusable_question] what an answer of the agent's would answer
 *
 * @typedef {{text: string, passages: Support[], generator: string}} Draft
 *
 * @typedef {object} Warning what an output rail thinks of a draft; start and end count characters, not code units
 * @property {string} rule_id
 * @property {string} reason
 * @property {string} catches
 * @property {string} [source]
 * @property {{start: number, end: number}[]} spans
 *
 * @typedef {{passage_id: string, title: string, section: string, text: string}} CannedReply
 * @typedef {{id: string, name: string}} Skill
 * @typedef {{status: "online" | "away", skills: string[], languages: string[], capacity: number}} Me
 *
 * @typedef {{p50: number | null, p90: number | null}} Spread seconds
 * @typedef {{mean: number | null, count: number, by_score: Record<string, number>,
 *   reasons?: Record<string, number>}} Rating reasons: codes and how often, the most frequent first
 *
 * @typedef {object} Figures
 * @property {{conversations: number, turns: number}} volume
 * @property {{count: number, share: number}} contained
 * @property {{count: number, share: number, by_reason: Record<string, number>}} handed_off
 * @property {Spread} first_response_s
 * @property {Spread} resolution_s
 * @property {{bot: Rating, person: Rating}} rating
 * @property {{count: number, share: number}} reopened
 * @property {{day: string, conversations: number, handed_off: number, resolved: number, rating: number | null}[]} by_day
 */
export {};
