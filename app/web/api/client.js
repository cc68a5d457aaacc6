// @ts-check
/**
 * HTTP with a visitor's token: obtained when first needed, renewed once on 401. Failures are Problem (the service
 * said no, with its code and title) or Unreachable (nobody answered).
 */

export class Problem extends Error {
  /**
   * @param {number} status
   * @param {string} code
   * @param {string} title
   */
  constructor(status, code, title) {
    super(code);
    this.status = status;
    this.code = code;
    this.title = title;
  }
}

export class Unreachable extends Error {}

/**
 * @param {Response} response
 * @returns {Promise<Problem>}
 */
export async function problemOf(response) {
  try {
    const body = await response.json();
    return new Problem(response.status, String(body.code ?? "unknown"), String(body.title ?? ""));
  } catch {
    return new Problem(response.status, "unknown", "");
  }
}

/**
 * @typedef {object} Ask
 * @property {string} [method]
 * @property {unknown} [body]
 * @property {Record<string, string>} [headers]
 * @property {AbortSignal} [signal]
 */

const TOKEN = "wenda.token";

export class Client {
  #storage;
  /** @type {Promise<string> | null} */
  #renewing = null;

  /** @param {Storage} storage where the visitor's token lives */
  constructor(storage) {
    this.#storage = storage;
  }

  /**
   * A request as this visitor. The response is always a success; read its body yourself.
   *
   * @param {string} path
   * @param {Ask} [ask]
   * @returns {Promise<Response>}
   */
  async send(path, ask = {}) {
    const held = this.#storage.getItem(TOKEN);
    let response = await this.#fetch(path, ask, held ?? (await this.#renew()));
    if (response.status === 401) response = await this.#fetch(path, ask, await this.#renew(held));
    if (!response.ok) throw await problemOf(response);
    return response;
  }

  /**
   * @param {string} path
   * @param {Ask} [ask]
   * @returns {Promise<any>}
   */
  async json(path, ask = {}) {
    const response = await this.send(path, ask);
    const text = await response.text();
    return text ? JSON.parse(text) : null;
  }

  /**
   * What anyone may read; a 503 with a body is an answer too.
   *
   * @param {string} path
   * @returns {Promise<any>}
   */
  async open(path) {
    const response = await this.#fetch(path, {}, null);
    return response.json();
  }

  /**
   * @param {string} path
   * @param {Ask} ask
   * @param {string | null} token
   */
  async #fetch(path, ask, token) {
    /** @type {Record<string, string>} */
    const headers = { ...ask.headers };
    if (token) headers.authorization = `Bearer ${token}`;
    if (ask.body !== undefined) headers["content-type"] = "application/json";
    try {
      return await fetch(path, {
        method: ask.method ?? "GET",
        headers,
        body: ask.body === undefined ? undefined : JSON.stringify(ask.body),
        signal: ask.signal,
        cache: "no-store",
      });
    } catch (error) {
      if (ask.signal?.aborted) throw error;
      throw new Unreachable();
    }
  }

  /**
   * A new visitor's token; several askers share one request, and nobody renews what another just renewed.
   *
   * @param {string | null} [stale]
   * @returns {Promise<string>}
   */
  #renew(stale = null) {
    const held = this.#storage.getItem(TOKEN);
    if (held && held !== stale) return Promise.resolve(held);
    this.#renewing ??= this.#obtain().finally(() => {
      this.#renewing = null;
    });
    return this.#renewing;
  }

  async #obtain() {
    const response = await this.#fetch("/v1/auth/visitor", { method: "POST" }, null);
    if (!response.ok) throw await problemOf(response);
    const token = String((await response.json()).access_token);
    this.#storage.setItem(TOKEN, token);
    return token;
  }
}
