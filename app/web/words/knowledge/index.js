// @ts-check
/** The console's three languages. */
import { en } from "./en.js";
import { zhHans } from "./zh-Hans.js";
import { zhHant } from "./zh-Hant.js";

/** @typedef {import("./zh-Hans.js").KnowledgeWords} KnowledgeWords */

/** @type {Record<import("../index.js").Language, KnowledgeWords>} */
export const KNOWLEDGE_LANGUAGES = { "zh-Hans": zhHans, "zh-Hant": zhHant, en };
