// @ts-check
/**
 * Signing in at an OIDC issuer as a public client: authorization code with PKCE, no secret. What goes out and what must
 * come back the same (state, nonce, verifier) waits in this tab's storage and is good for one return.
 */

/**
 * @typedef {object} Oidc what the service says of its issuer
 * @property {string} issuer
 * @property {string} client_id
 * @property {string} scopes
 *
 * @typedef {object} Pending
 * @property {string} state
 * @property {string} nonce
 * @property {string} verifier
 * @property {string} place where the member of staff was: path, query and fragment of this origin
 * @property {string} issuer
 * @property {string} client_id
 * @property {string} token_endpoint
 *
 * @typedef {object} Entered
 * @property {string} token the access token
 * @property {string} label what the issuer calls them, or ""
 * @property {string} place
 */

const PENDING = "wenda.oidc";
const CALLBACK = "/signed-in";

/**
 * Why it came to nothing: `unreachable` (the issuer does not answer, or not to this page), `refused` (it says no, or
 * the member of staff did), `stale` (nothing began here, or it has been used), `wrong` (what came is not what was
 * asked for).
 */
export class LoginFailed extends Error {
  /** @param {"unreachable" | "refused" | "stale" | "wrong"} code */
  constructor(code) {
    super(code);
    this.code = code;
  }
}

/**
 * Leave for the issuer's page.
 *
 * @param {Oidc} oidc
 * @param {Storage} storage
 * @param {string} place
 * @returns {Promise<string>} the address to go to; throws LoginFailed
 */
export async function beginLogin(oidc, storage, place) {
  const about = await discover(oidc.issuer);
  /** @type {Pending} */
  const pending = {
    state: random(),
    nonce: random(),
    verifier: random(),
    place,
    issuer: oidc.issuer,
    client_id: oidc.client_id,
    token_endpoint: about.token_endpoint,
  };
  storage.setItem(PENDING, JSON.stringify(pending));
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(pending.verifier));
  const address = new URL(about.authorization_endpoint);
  const asked = {
    response_type: "code",
    client_id: oidc.client_id,
    redirect_uri: callback(),
    scope: oidc.scopes,
    state: pending.state,
    nonce: pending.nonce,
    code_challenge: base64url(new Uint8Array(digest)),
    code_challenge_method: "S256",
  };
  for (const [name, value] of Object.entries(asked)) address.searchParams.set(name, value);
  return address.href;
}

/** Where the login under way began; "" when none is. @param {Storage} storage */
export function pendingPlace(storage) {
  return readPending(storage)?.place ?? "";
}

/**
 * What the issuer sent back, turned into a token.
 *
 * @param {string} query of the address one came back with
 * @param {Storage} storage
 * @returns {Promise<Entered>} throws LoginFailed
 */
export async function endLogin(query, storage) {
  const came = new URLSearchParams(query);
  const pending = readPending(storage);
  storage.removeItem(PENDING);
  if (!pending || came.get("state") !== pending.state) throw new LoginFailed("stale");
  if (came.has("error")) throw new LoginFailed("refused");
  const code = came.get("code");
  if (!code || (came.has("iss") && came.get("iss") !== pending.issuer)) throw new LoginFailed("wrong");
  const form = new URLSearchParams({
    grant_type: "authorization_code",
    code,
    redirect_uri: callback(),
    client_id: pending.client_id,
    code_verifier: pending.verifier,
  });
  const tokens = await ask(pending.token_endpoint, { method: "POST", body: form });
  const who = claimsOf(tokens.id_token);
  // Straight from the issuer over TLS, so that its signature need not be checked here (OpenID Connect Core 3.1.3.7);
  // the service checks the one of the access token.
  const audience = [who.aud].flat();
  const good = who.iss === pending.issuer && audience.includes(pending.client_id) && who.nonce === pending.nonce;
  if (!good || typeof tokens.access_token !== "string") throw new LoginFailed("wrong");
  return { token: tokens.access_token, label: String(who.name ?? who.preferred_username ?? ""), place: pending.place };
}

/** @param {string} issuer @returns {Promise<{authorization_endpoint: string, token_endpoint: string}>} */
async function discover(issuer) {
  const about = await ask(`${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`, {});
  const endpoints = [about.authorization_endpoint, about.token_endpoint];
  if (about.issuer !== issuer || !endpoints.every((one) => isSafe(one, issuer))) throw new LoginFailed("wrong");
  return about;
}

/** Over TLS, or as bare as the issuer itself (which the service allows on its own machine only).
 * @param {unknown} address @param {string} issuer */
function isSafe(address, issuer) {
  try {
    const { protocol } = new URL(String(address));
    return protocol === "https:" || (protocol === "http:" && new URL(issuer).protocol === "http:");
  } catch {
    return false;
  }
}

/** @param {string} url @param {RequestInit} init @returns {Promise<any>} */
async function ask(url, init) {
  let response;
  try {
    response = await fetch(url, { ...init, cache: "no-store", credentials: "omit" });
  } catch {
    throw new LoginFailed("unreachable");
  }
  if (!response.ok) throw new LoginFailed(response.status >= 500 ? "unreachable" : "refused");
  try {
    return await response.json();
  } catch {
    throw new LoginFailed("wrong");
  }
}

/** @param {Storage} storage @returns {Pending | null} */
function readPending(storage) {
  try {
    return JSON.parse(storage.getItem(PENDING) ?? "null");
  } catch {
    return null;
  }
}

/** @param {unknown} token @returns {any} the claims, {} when it is no JWT */
function claimsOf(token) {
  try {
    const body = (String(token).split(".")[1] ?? "").replace(/-/g, "+").replace(/_/g, "/");
    const bytes = Uint8Array.from(atob(body), (sign) => sign.charCodeAt(0));
    return JSON.parse(new TextDecoder().decode(bytes)) ?? {};
  } catch {
    return {};
  }
}

function callback() {
  return `${location.origin}${CALLBACK}`;
}

function random() {
  return base64url(crypto.getRandomValues(new Uint8Array(32)));
}

/** @param {Uint8Array} bytes */
function base64url(bytes) {
  return btoa(String.fromCharCode(...bytes)).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}
