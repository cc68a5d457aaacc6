// @ts-check
/**
 * The knowledge part of the service's contract, as the console reads it. Types only. Days are ISO dates of the
 * business calendar, both ends inclusive; times are RFC 3339.
 *
 * @typedef {"draft" | "in_review" | "approved" | "superseded" | "withdrawn" | "expired"} Status
 * @typedef {{code: string, title: string}} Notice
 * @typedef {{text: string, section: string, page: number | null, reason: string}} KeptOut a piece that is no knowledge
 *
 * @typedef {object} Summary one line of the documents' list
 * @property {string} document_id
 * @property {string} path
 * @property {string} title
 * @property {string} kind
 * @property {string | null} product_code
 * @property {Status} status of the version in force today, else of the newest
 * @property {number} version
 * @property {number} latest_version
 * @property {Status} latest_status
 * @property {string | null} valid_from
 * @property {string | null} valid_to
 * @property {string} updated_at
 * @property {string | null} [approver]
 * @property {number} [warning_count] of the newest version
 * @property {Period[]} [periods]
 *
 * @typedef {object} Period the days a version answers on, or would
 * @property {number} version
 * @property {Status} status
 * @property {string | null} from null: since ever
 * @property {string | null} to null: open
 *
 * @typedef {object} Version
 * @property {number} version
 * @property {Status} status
 * @property {boolean} ready
 * @property {string} file_name
 * @property {number} size bytes
 * @property {string} kind
 * @property {string} title
 * @property {string | null} product_code
 * @property {string | null} risk_level
 * @property {string} audience
 * @property {string | null} valid_from
 * @property {string | null} valid_to
 * @property {string | null} in_force_from
 * @property {string | null} in_force_to
 * @property {string[]} editors
 * @property {string} created_at
 * @property {string | null} [submitted_by]
 * @property {string | null} submitted_at
 * @property {string | null} approver
 * @property {string | null} approved_at
 * @property {string | null} withdrawn_at
 * @property {string} comment
 * @property {Notice[]} warnings
 * @property {number} [quarantined]
 * @property {number} passages
 * @property {number} pages
 * @property {string[]} [proposed] fields read from the text that nobody has confirmed
 * @property {{at: string, actor: string, action: string, comment: string}[]} [history]
 *
 * @typedef {Summary & {versions: Version[], today?: string}} Document
 *
 * @typedef {object} Passage
 * @property {string} passage_id
 * @property {string} section
 * @property {number | null} page
 * @property {string} text
 * @property {string} question
 *
 * @typedef {object} Job
 * @property {string} job_id
 * @property {string} document_id
 * @property {number} version
 * @property {"queued" | "running" | "done" | "failed"} status
 * @property {string} step
 * @property {number} done
 * @property {number} total
 * @property {string | null} outcome
 * @property {Notice[]} warnings
 * @property {KeptOut[]} [kept_out] once failed
 * @property {Notice | null} error
 *
 * @typedef {{document_id: string, version: number, job_id: string}} Accepted
 * @typedef {{path: string, error?: Notice} & Partial<Accepted>} Member of an uploaded archive
 *
 * @typedef {object} Change of one passage between two versions
 * @property {"same" | "added" | "removed" | "changed"} change
 * @property {string} section
 * @property {string | null} before
 * @property {string | null} after
 * @property {number | null} page
 * @property {{op: "equal" | "insert" | "delete", text: string}[]} [spans]
 *
 * @typedef {object} Diff
 * @property {number | null} against
 * @property {number} version
 * @property {{field: string, before: string | null, after: string | null}[]} metadata
 * @property {Change[]} passages
 * @property {{same: number, added: number, removed: number, changed: number}} counts
 *
 * @typedef {object} Side of a conflict
 * @property {string} passage_id
 * @property {string} quote
 * @property {string} value
 * @property {string} section
 * @property {number | null} page
 * @property {string} [document_id]
 * @property {number} [version]
 * @property {string} [title]
 * @property {string | null} [valid_from]
 * @property {string | null} [valid_to]
 *
 * @typedef {{status: string, quotes: string[]}} Answered
 *
 * @typedef {object} Impact
 * @property {{subject: string, attribute: string, chance: number | null, model: boolean | null, mine: Side, other: Side}[]} conflicts
 * @property {{passage_id: string, quote: string, similarity: number, other: {document_id: string, version: number, title: string, passage_id: string, quote: string}}[]} duplicates
 * @property {{turn_id: string, question: string, asked_at: string, times: number, change: string, before: Answered, after: Answered}[]} answers
 * @property {{question: string, expected: string, before: boolean, after: boolean, quote_before: string | null, quote_after: string | null}[]} golden
 * @property {{passages: number, turns: number, golden: number}} checked
 * @property {ImpactProgress} [progress] while it is being found out
 *
 * @typedef {{part: string, parts: string[], done: number, total: number}} ImpactProgress
 *
 * @typedef {object} Reliance
 * @property {{turn_id: string, customer_id: string, question: string, asked_at: string, as_of: string, cited: boolean}[]} turns
 * @property {number} turn_count
 * @property {number} customer_count
 *
 * @typedef {object} Found
 * @property {FoundPassage[]} passages
 * @property {boolean} sufficient
 * @property {number} confidence
 * @property {Record<string, number>} timings
 * @property {Explanation} [explain]
 *
 * @typedef {object} FoundPassage
 * @property {string} passage_id
 * @property {string} document_id
 * @property {number} version
 * @property {string} title
 * @property {string} section
 * @property {number | null} page
 * @property {string} text
 * @property {string} question
 * @property {string | null} valid_from
 * @property {string | null} valid_to
 * @property {number} score
 * @property {number | null} dense_rank
 * @property {number | null} lexical_rank
 *
 * @typedef {object} Explanation
 * @property {number} threshold
 * @property {Record<string, number>} evidence
 * @property {{tenant?: string, audiences?: string[], approved?: boolean, as_of?: string, known_at?: string | null}} filters
 * @property {string | null} [mended]
 * @property {{passage_id: string, value: string}[]} [conflict] two passages whose figures contradict each other
 *
 * @typedef {object} Gap
 * @property {string} gap_id
 * @property {string} question
 * @property {number} count
 * @property {{abstained?: number, down_rated?: number, conflicting?: number}} causes
 * @property {string} last_at
 * @property {{question: string, turn_id: string, cause: string, asked_at: string, comment: string | null}[]} questions
 * @property {{document_id: string, version: number} | null} draft
 *
 * @typedef {object} Freeze
 * @property {string} freeze_id
 * @property {string} topic
 * @property {string[]} questions
 * @property {string} text
 * @property {string | null} valid_to
 * @property {string} created_by
 * @property {string} created_at
 * @property {string} comment
 */
export {};
