// @ts-check
/** Back from the issuer: turn what it sent into a token and go on to where one came from, or say what went wrong. */
import { Problem } from "../api/client.js";
import { beginLogin, endLogin, LoginFailed, pendingPlace } from "../api/oidc.js";
import { StaffClient } from "../api/staff.js";
import { html, render, useEffect, useState } from "../html.js";
import { usePreferences } from "../preferences.js";
import { openStorage } from "../storage.js";
import { LANGUAGES } from "../words/index.js";

const HOME = "/knowledge";
const storage = openStorage("sessionStorage");
const client = new StaffClient(storage, () => undefined);
const query = location.search;
const place = ownPlace(pendingPlace(storage));
// The code must not stay in the address or in the tab's history.
history.replaceState(null, "", location.pathname);

/** @param {{entering: Promise<unknown>}} props `entering` ends with what went wrong, or nothing */
function SignedIn({ entering }) {
  const [preferences] = usePreferences((language) => LANGUAGES[language].title);
  const words = LANGUAGES[preferences.language].institution;
  const [failure, setFailure] = useState("");
  useEffect(() => {
    entering.then((problem) => problem && setFailure(said(problem, words.failures)));
  }, []);
  /** Straight to the issuer again, and from there to where one was going. */
  const again = async () => {
    try {
      const { oidc } = await client.open("/v1/auth/login");
      if (oidc) location.assign(await beginLogin(oidc, storage, place));
      else location.replace(place);
    } catch (problem) {
      setFailure(said(problem, words.failures));
    }
  };
  return html`<main class="door" id="main">
    <div class="rosette" aria-hidden="true"></div>
    <div class="door-box">
      <h1>${failure ? words.failed : words.entering}</h1>
      <p class="lead" role=${failure ? "alert" : "status"}>${failure || words.moment}</p>
      ${failure &&
      html`<div class="stack">
        <button type="button" class="solid" onClick=${again}>${words.again}</button>
        <p><a href=${place}>${words.back}</a></p>
      </div>`}
    </div>
  </main>`;
}

/**
 * @param {unknown} problem the issuer's, or the service's, which has a sentence of its own
 * @param {import("../words/index.js").Words["institution"]["failures"]} failures
 */
function said(problem, failures) {
  if (problem instanceof LoginFailed) return failures[problem.code];
  return (problem instanceof Problem && problem.title) || failures.unreachable;
}

/** @returns {Promise<unknown>} what went wrong; nothing while one is on the way back */
async function tryToEnter() {
  try {
    await enter();
    return null;
  } catch (problem) {
    return problem;
  }
}

async function enter() {
  if (!query) {
    location.replace(place); // opened by hand
    return;
  }
  const entered = await endLogin(query, storage);
  await client.take(entered.token, entered.label);
  location.replace(ownPlace(entered.place));
}

/** Only ever a page of this service. @param {string} wanted */
function ownPlace(wanted) {
  const address = new URL(wanted || HOME, location.origin);
  return address.origin === location.origin ? `${address.pathname}${address.search}${address.hash}` : HOME;
}

const page = document.getElementById("page");
if (page) render(html`<${SignedIn} entering=${tryToEnter()} />`, page);
