// @ts-check
/** The desk's three languages. */
import { en } from "./en.js";
import { zhHans } from "./zh-Hans.js";
import { zhHant } from "./zh-Hant.js";

/** @typedef {import("./zh-Hans.js").DeskWords} DeskWords */

/** @type {Record<import("../index.js").Language, DeskWords>} */
export const DESK_LANGUAGES = { "zh-Hans": zhHans, "zh-Hant": zhHant, en };
