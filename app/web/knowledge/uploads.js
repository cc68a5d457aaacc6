// @ts-check
/**
 * Files on their way into knowledge: chosen, sent, worked on, done or refused. They go on while the views change, and a
 * broken progress stream is taken up again: the work itself is the service's and never depends on this page.
 */
import { readFrames } from "../api/sse.js";

/**
 * @typedef {import("../api/knowledge.js").Notice} Notice
 *
 * @typedef {object} Item
 * @property {number} key
 * @property {File | null} file null: a member of an archive
 * @property {string} name
 * @property {string} target id of the document it is a new version of; "": a new document
 * @property {boolean} guessed the target is this page's guess
 * @property {boolean} open nobody has said or guessed yet where it belongs: the list of documents was not there
 * @property {Record<string, string>} declared what the editor said of its batch
 * @property {"ready" | "queued" | "sending" | "working" | "done" | "failed"} state ready: nobody has sent it off yet
 * @property {string} step
 * @property {number} done
 * @property {number} total
 * @property {string | null} outcome
 * @property {Notice[]} warnings
 * @property {import("../api/knowledge.js").KeptOut[]} keptOut of a file that came to nothing
 * @property {Notice | null} problem what the service says is wrong
 * @property {unknown} failure what else went wrong
 * @property {boolean} lost the progress stream broke and is being taken up again
 * @property {string} [document_id]
 * @property {number} [version]
 *
 * @typedef {{target: string, guessed: boolean, open: boolean}} Place
 */

const AT_ONCE = 3;
const AGAIN_MS = 1_500;
const TRIES = 40;

export class Uploads {
  #client;
  #changed;
  #key = 0;
  #running = 0;
  /** @type {Item[]} */
  items = [];
  /** What the files that are sent off next get: kind, audience, days. @type {Record<string, string>} */
  declared = {};

  /**
   * @param {import("../api/staff.js").StaffClient} client
   * @param {() => void} changed
   */
  constructor(client, changed) {
    this.#client = client;
    this.#changed = changed;
  }

  get busy() {
    return this.items.some(({ state }) => state === "queued" || state === "sending" || state === "working");
  }

  /**
   * A namesake is another file: only the very same one with the very same aim is not taken twice.
   *
   * @param {File[]} files
   * @param {(file: File) => Place} place
   * @returns {string[]} names of those that wait in the list already
   */
  add(files, place) {
    const known = new Set(this.items.filter(({ state }) => state === "ready" || state === "queued").map(sameness));
    const fresh = files.map((file) => this.#item(file.name, { file, ...place(file) })).filter((item) => !known.has(sameness(item)));
    this.items = [...this.items, ...fresh];
    this.#changed();
    const taken = new Set(fresh.map(({ file }) => file));
    return files.filter((file) => !taken.has(file)).map(({ name }) => name);
  }

  /** @param {number} key @param {string} target */
  retarget(key, target) {
    this.#set(key, { target, guessed: false, open: false });
  }

  /** Those that came before anybody could guess where they belong. @param {(file: File) => Place} place */
  settle(place) {
    if (!this.items.some(({ state, open }) => state === "ready" && open)) return;
    this.items = this.items.map((item) => (item.state === "ready" && item.open && item.file ? { ...item, ...place(item.file) } : item));
    this.#changed();
  }

  /** @param {number} key */
  remove(key) {
    this.items = this.items.filter((item) => item.key !== key);
    this.#changed();
  }

  clear() {
    this.items = [];
    this.declared = {};
    this.#changed();
  }

  /** Send off what is ready now, with what was declared for it; what is added later waits for a start of its own. */
  start() {
    const { declared } = this;
    this.items = this.items.map((item) => (item.state === "ready" ? { ...item, declared, state: "queued" } : item));
    this.declared = {};
    this.#changed();
    this.#next();
  }

  /** A few at a time. */
  #next() {
    while (this.#running < AT_ONCE) {
      const next = this.items.find(({ state }) => state === "queued");
      if (!next) return;
      this.#running += 1;
      this.#set(next.key, { state: "sending" });
      void this.#send(next).finally(() => {
        this.#running -= 1;
        this.#next();
      });
    }
  }

  /** @param {Item} item */
  async #send(item) {
    const form = new FormData();
    if (item.file) form.append("file", item.file, item.name);
    if (item.target) form.append("document_id", item.target);
    for (const [name, value] of Object.entries(item.declared)) if (value) form.append(name, value);
    try {
      const accepted = await this.#client.json("/v1/documents", { method: "POST", form });
      const members = /** @type {import("../api/knowledge.js").Member[]} */ (accepted.members ?? []);
      if (members.length) await this.#unpack(item, members);
      else await this.#follow(item.key, accepted);
    } catch (failure) {
      this.#set(item.key, { state: "failed", failure });
    }
  }

  /**
   * An archive's members stand in its place, each with its own fate.
   *
   * @param {Item} archive
   * @param {import("../api/knowledge.js").Member[]} members
   */
  async #unpack(archive, members) {
    const found = members.map((member) => {
      const state = member.error ? /** @type {const} */ ("failed") : /** @type {const} */ ("working");
      return { member, item: this.#item(`${archive.name} › ${member.path}`, { state, problem: member.error ?? null }) };
    });
    this.items = this.items.flatMap((item) => (item.key === archive.key ? found.map((one) => one.item) : [item]));
    this.#changed();
    const { member: first } = found[0] ?? {};
    if (!first) return;
    await Promise.all(
      found.map(({ member: { document_id, version, job_id }, item }) =>
        job_id && document_id && version ? this.#follow(item.key, { document_id, version, job_id }) : undefined,
      ),
    );
  }

  /**
   * @param {number} key
   * @param {import("../api/knowledge.js").Accepted} accepted
   */
  async #follow(key, { document_id, version, job_id }) {
    this.#set(key, { state: "working", step: "queued", document_id, version });
    for await (const job of followJob(this.#client, job_id, (lost) => this.#set(key, { lost }))) {
      const { step, done, total, outcome, warnings, error, kept_out: keptOut = [] } = job;
      const state = job.status === "done" ? "done" : job.status === "failed" ? "failed" : "working";
      const at = { document_id: job.document_id, version: job.version };
      this.#set(key, { state, step, done, total, outcome, warnings, keptOut, problem: error, lost: false, ...at });
    }
  }

  /**
   * @param {string} name
   * @param {Partial<Item>} known
   * @returns {Item}
   */
  #item(name, known) {
    this.#key += 1;
    const blank = { target: "", guessed: false, open: false, declared: {}, step: "ready", done: 0, total: 0, outcome: null, warnings: [], keptOut: [] };
    return { ...blank, key: this.#key, name, file: null, state: "ready", problem: null, failure: null, lost: false, ...known };
  }

  /** @param {number} key @param {Partial<Item>} part */
  #set(key, part) {
    this.items = this.items.map((item) => (item.key === key ? { ...item, ...part } : item));
    this.#changed();
  }
}

/** @param {Item} item */
function sameness({ file, name, target }) {
  return JSON.stringify([name, file?.size, file?.lastModified, target]);
}

/**
 * A job as it goes on, until it has ended; a broken stream is taken up again.
 *
 * @param {import("../api/staff.js").StaffClient} client
 * @param {string} id
 * @param {(lost: boolean) => void} [onLost]
 * @returns {AsyncGenerator<import("../api/knowledge.js").Job, void, void>}
 */
export async function* followJob(client, id, onLost) {
  for (let tries = 0; ; tries += 1) {
    try {
      const response = await client.send(`/v1/jobs/${encodeURIComponent(id)}/events`);
      for await (const { data } of readFrames(response)) {
        tries = 0;
        const job = JSON.parse(data);
        yield job;
        if (job.status === "done" || job.status === "failed") return;
      }
    } catch (problem) {
      if (tries >= TRIES || (problem instanceof Error && problem.constructor.name === "Problem")) throw problem;
    }
    onLost?.(true);
    await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
  }
}
