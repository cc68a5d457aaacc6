// @ts-check
/**
 * The rails part of the service's contract, as the console reads it. Types only.
 *
 * @typedef {"input" | "output"} Direction
 * @typedef {"allow" | "refuse" | "handoff" | "block" | "rewrite"} Action
 *
 * @typedef {object} Place where a rule matched, in code points of the text sent (end exclusive)
 * @property {number} start
 * @property {number} end
 * @property {string} text as it was written
 * @property {string | null} read_as what it means without its disguise; null: there was none
 *
 * @typedef {object} Fired one rule that matched
 * @property {string} id
 * @property {"rule" | "likeness" | "judge" | "check"} kind
 * @property {string} reason
 * @property {string} catches
 * @property {string} source
 * @property {number | null} severity
 * @property {string | null} priority
 * @property {Place[]} spans
 *
 * @typedef {object} Checked
 * @property {Action} action
 * @property {string} reason
 * @property {string | null} priority
 * @property {string} reply what the customer is told
 * @property {string} masked_text
 * @property {Fired[]} rules the deciding one first
 * @property {Record<string, number>} timings milliseconds
 *
 * @typedef {object} Rule one entry of the list
 * @property {string} id
 * @property {"rule" | "likeness" | "judge" | "check"} kind
 * @property {Direction} direction
 * @property {string} reason
 * @property {Action} action
 * @property {string | null} priority
 * @property {number} severity
 * @property {string} catches
 * @property {string} source
 * @property {string} reply
 * @property {string[]} matches
 * @property {string[]} spares
 */
export {};
