// @ts-check
/** The evaluation console's three languages. */
import { en } from "./en.js";
import { zhHans } from "./zh-Hans.js";
import { zhHant } from "./zh-Hant.js";

/** @typedef {import("./zh-Hans.js").EvaluationWords} EvaluationWords */

/** @type {Record<import("../index.js").Language, EvaluationWords>} */
export const EVALUATION_LANGUAGES = { "zh-Hans": zhHans, "zh-Hant": zhHant, en };
