// @ts-check
/** Starts the customers' page. */
import { Client } from "../api/client.js";
import { html, render } from "../html.js";
import { openStorage } from "../storage.js";
import { App } from "./app.js";

// The visitor's pass lasts as long as the tab: the next person at this device starts afresh.
const storage = openStorage("sessionStorage");
const page = document.getElementById("page");
if (page) render(html`<${App} client=${new Client(storage)} storage=${storage} />`, page);
