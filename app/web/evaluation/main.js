// @ts-check
/** Starts the evaluation console. */
import { html, render } from "../html.js";
import { openStorage } from "../storage.js";
import { App } from "./app.js";

const page = document.getElementById("page");
if (page) render(html`<${App} storage=${openStorage("sessionStorage")} />`, page);
