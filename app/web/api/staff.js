// @ts-check
/**
 * HTTP as a member of staff. Nothing renews a staff token: when it is no longer good, whoever owns this client is told
 * and signs in again.
 */
import { Problem, problemOf, Unreachable } from "./client.js";

/**
 * @typedef {object} Staff who is signed in
 * @property {string} token
 * @property {string} name the user's id, as the service records it
 * @property {string} [label] what the issuer calls them, to be shown
 * @property {string[]} roles
 *
 * @typedef {object} Ask
 * @property {string} [method]
 * @property {unknown} [body] sent as JSON
 * @property {FormData | URLSearchParams} [form] sent as it is
 * @property {Record<string, string>} [headers]
 * @property {AbortSignal} [signal]
 */

const STAFF = "wenda.staff";

export class StaffClient {
  #storage;
  #signedOut;

  /**
   * @param {Storage} storage where the token lives
   * @param {() => void} signedOut called when the service no longer knows the token
   */
  constructor(storage, signedOut) {
    this.#storage = storage;
    this.#signedOut = signedOut;
  }

  /** @returns {Staff | null} */
  get staff() {
    try {
      const kept = JSON.parse(this.#storage.getItem(STAFF) ?? "null");
      return kept && typeof kept.token === "string" && Array.isArray(kept.roles) ? kept : null;
    } catch {
      return null;
    }
  }

  /**
   * @param {string} username
   * @param {string} password
   * @returns {Promise<Staff>} throws Problem (wrong_password) or Unreachable
   */
  async signIn(username, password) {
    const form = new URLSearchParams({ username, password });
    const response = await this.#fetch("/v1/auth/token", { method: "POST", form }, null);
    if (!response.ok) throw await problemOf(response);
    const body = await response.json();
    const staff = { token: String(body.access_token), name: username, roles: body.roles };
    this.#storage.setItem(STAFF, JSON.stringify(staff));
    return staff;
  }

  /**
   * A token of the issuer's: the service says whose it is.
   *
   * @param {string} token
   * @param {string} label
   * @returns {Promise<Staff>} throws Problem or Unreachable
   */
  async take(token, label) {
    const response = await this.#fetch("/v1/auth/me", {}, token);
    if (!response.ok) throw await problemOf(response);
    const { id, roles } = await response.json();
    const staff = { token, name: String(id), label, roles };
    this.#storage.setItem(STAFF, JSON.stringify(staff));
    return staff;
  }

  signOut() {
    this.#storage.removeItem(STAFF);
  }

  /**
   * The response is always a success; read its body yourself.
   *
   * @param {string} path
   * @param {Ask} [ask]
   * @returns {Promise<Response>}
   */
  async send(path, ask = {}) {
    const response = await this.#fetch(path, ask, this.staff?.token ?? null);
    if (response.ok) return response;
    if (response.status === 401) {
      this.signOut();
      this.#signedOut();
    }
    throw await problemOf(response);
  }

  /**
   * @param {string} path
   * @param {Ask} [ask]
   * @returns {Promise<any>}
   */
  async json(path, ask = {}) {
    const text = await (await this.send(path, ask)).text();
    return text ? JSON.parse(text) : null;
  }

  /**
   * What anyone may read; a 503 with a body is an answer too.
   *
   * @param {string} path
   * @returns {Promise<any>}
   */
  async open(path) {
    return (await this.#fetch(path, {}, null)).json();
  }

  /**
   * @param {string} path
   * @param {Ask} ask
   * @param {string | null} token
   */
  async #fetch(path, { method = "GET", body, form, headers: asked, signal }, token) {
    /** @type {Record<string, string>} */
    const headers = { ...asked };
    if (token) headers.authorization = `Bearer ${token}`;
    if (body !== undefined) headers["content-type"] = "application/json";
    try {
      const sent = form ?? (body === undefined ? undefined : JSON.stringify(body));
      return await fetch(path, { method, headers, body: sent, signal, cache: "no-store" });
    } catch (error) {
      if (signal?.aborted) throw error;
      throw new Unreachable();
    }
  }
}

/**
 * Whether the service says that it has no such thing: a feature it does not offer, or a thing that is gone.
 *
 * @param {unknown} problem
 */
export function isMissing(problem) {
  return problem instanceof Problem && (problem.status === 404 || problem.status === 405);
}
