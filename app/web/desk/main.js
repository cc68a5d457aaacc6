// @ts-check
/** Starts the desk. */
import { html, render } from "../html.js";
import { openStorage } from "../storage.js";
import { App } from "./app.js";

// A signed-in member of staff stays so as long as the tab, never for the next person at this device.
const page = document.getElementById("page");
if (page) render(html`<${App} storage=${openStorage("sessionStorage")} />`, page);
