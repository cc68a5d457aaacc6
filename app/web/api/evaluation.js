// @ts-check
/**
 * The evaluation part of the service's contract, as the console reads it, and how a running evaluation is followed.
 *
 * @typedef {{mean: number, n: number, low: number, high: number}} Score
 * @typedef {{suite: string, metric: string, claim: string, gate: number | null, all?: Score, seen?: Score, unseen?: Score}} Measured
 * @typedef {"running" | "done" | "failed" | "stopped"} RunStatus
 *
 * @typedef {object} Run
 * @property {string} id
 * @property {RunStatus} status
 * @property {string} started
 * @property {string[]} suites
 * @property {boolean | null} passed
 * @property {Record<string, unknown>} config
 * @property {Measured[]} metrics
 * @property {number} [cases_total]
 * @property {number} [failed_cases]
 * @property {number} [done] of a run that was started here
 * @property {number} [total]
 * @property {{code: string, title: string} | null} [error]
 * @property {string[]} [log]
 *
 * @typedef {object} Case
 * @property {string} suite
 * @property {string} id
 * @property {string} tag
 * @property {boolean} seen
 * @property {string[]} history
 * @property {string} question
 * @property {string} as_of
 * @property {string} status
 * @property {string} reason
 * @property {string[]} rule_ids
 * @property {string} generator
 * @property {string} text
 * @property {string} [reference]
 * @property {string[]} cited
 * @property {string[]} answer_facts
 * @property {string[]} unsupported_numbers
 * @property {string[]} failings
 * @property {Record<string, number>} values
 * @property {number} seconds
 * @property {Trace} [trace] of one case read on its own
 *
 * @typedef {object} TracedPassage
 * @property {string} passage_id
 * @property {string} [title]
 * @property {string} [section]
 * @property {string} [text]
 * @property {number} score
 * @property {number | null} dense_rank
 * @property {number | null} lexical_rank
 *
 * @typedef {object} Trace
 * @property {string} [rewritten]
 * @property {boolean | null} [sufficient]
 * @property {number | null} [confidence]
 * @property {TracedPassage[]} [passages]
 * @property {{role: string, content: string}[] | null} [prompt]
 * @property {string} [raw]
 * @property {string} [model]
 * @property {{side: string, action: string, reason: string, rule_ids?: string[], text?: string}[]} [verdicts]
 * @property {Record<string, number>} [timings]
 *
 * @typedef {Run & {crossed: string[], lost: string[], missing: string[], changed: string[], cases: Case[]}} WholeRun
 * @typedef {{name: string, cases: number, seen: number, expect: string, as_of: string}} Suite
 * @typedef {{kind: "same" | "gone" | "come", text: string}} Piece
 * @typedef {Pick<Case, "status" | "reason" | "cited"> & {text: string}} Side
 * @typedef {{suite: string, id: string, question: string, better: string[], worse: string[], fields: string[], before: Side, after: Side, text: Piece[]}} Moved
 * @typedef {{suite: string, metric: string, before: number, after: number, n: number, p: number, worse: string[]}} Change
 * @typedef {{changes: Change[], versions: string[], same: number, only_before: number, only_after: number, moved_total: number, moved: Moved[]}} Comparison
 */
import { Problem } from "./client.js";
import { readFrames } from "./sse.js";

const AGAIN_MS = 1_500;

/**
 * The run after each visible change, its end included. A broken stream is taken up again, for as long as the page wants
 * to know; throws Problem when the service has no such run or does not tell it to this person.
 *
 * @param {import("./staff.js").StaffClient} client
 * @param {string} id
 * @param {AbortSignal} signal
 * @returns {AsyncGenerator<Run, void, void>}
 */
export async function* followRun(client, id, signal) {
  const headers = { accept: "text/event-stream" };
  for (;;) {
    try {
      const response = await client.send(`/v1/evaluation/runs/${encodeURIComponent(id)}/events`, { headers, signal });
      for await (const { event, data } of readFrames(response)) {
        if (event === "run.progress" || event === "run.ended") yield JSON.parse(data);
        if (event === "run.ended") return;
      }
    } catch (problem) {
      // What a proxy says while the service starts anew is no answer of the service.
      if (problem instanceof Problem && problem.status < 500 && problem.status !== 429) throw problem;
    }
    if (signal.aborted) return;
    await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
    if (signal.aborted) return;
  }
}
