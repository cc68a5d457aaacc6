// @ts-check
/** The browser's own voice, in and out; where it has none, the page offers none. */
import { useEffect, useRef, useState } from "../html.js";

const VOICES = /** @type {const} */ ({ "zh-Hans": "zh-CN", "zh-Hant": "zh-HK", en: "en-US" });

/** @typedef {import("../words/index.js").Language} Language */

/** @returns {boolean} */
export function canSpeak() {
  return "speechSynthesis" in window && "SpeechSynthesisUtterance" in window;
}

/**
 * @param {string} text
 * @param {Language} language
 * @returns {{reading: boolean, toggle: () => void}}
 */
export function useReadAloud(text, language) {
  const [reading, setReading] = useState(false);
  useEffect(() => () => void (reading && window.speechSynthesis.cancel()), [reading]);
  const toggle = () => {
    window.speechSynthesis.cancel();
    if (reading) {
      setReading(false);
      return;
    }
    const said = new SpeechSynthesisUtterance(text);
    said.lang = /[㐀-鿿]/.test(text) && language === "en" ? VOICES["zh-Hans"] : VOICES[language];
    said.rate = 0.95;
    said.onend = () => setReading(false);
    said.onerror = () => setReading(false);
    window.speechSynthesis.speak(said);
    setReading(true);
  };
  return { reading, toggle };
}

/**
 * What the Web Speech API's recogniser looks like; TypeScript's DOM library does not know it.
 *
 * @typedef {object} Recogniser
 * @property {string} lang
 * @property {boolean} interimResults
 * @property {((event: {results: ArrayLike<ArrayLike<{transcript: string}>>}) => void) | null} onresult
 * @property {(() => void) | null} onend
 * @property {((event: {error: string}) => void) | null} onerror
 * @property {() => void} start
 * @property {() => void} stop
 * @property {() => void} abort
 */

/** @returns {(new () => Recogniser) | null} */
function recogniserClass() {
  const host = /** @type {any} */ (window);
  return host.SpeechRecognition ?? host.webkitSpeechRecognition ?? null;
}

/**
 * @param {Language} language
 * @param {(text: string) => void} heard what was understood so far
 * @returns {{available: boolean, listening: boolean, failed: boolean, start: () => void, stop: () => void,
 *   drop: () => void}} stop: what was said so far is still understood; drop: nothing is heard any more
 */
export function useVoiceInput(language, heard) {
  const [listening, setListening] = useState(false);
  const [failed, setFailed] = useState(false);
  const running = useRef(/** @type {Recogniser | null} */ (null));
  const hear = useRef(heard);
  hear.current = heard;
  // Between stop and end a recogniser still hears; its last word must not come after it was dropped.
  const drop = () => {
    const recogniser = running.current;
    if (!recogniser) return;
    running.current = null;
    recogniser.onresult = null;
    recogniser.onerror = null;
    recogniser.onend = null;
    recogniser.abort();
    setListening(false);
  };
  useEffect(() => drop, []);
  const start = () => {
    const Recogniser = recogniserClass();
    if (!Recogniser) return;
    drop();
    const recogniser = new Recogniser();
    recogniser.lang = VOICES[language];
    recogniser.interimResults = true;
    recogniser.onresult = (event) => {
      hear.current(Array.from(event.results, (result) => result[0]?.transcript ?? "").join(""));
    };
    recogniser.onerror = ({ error }) => setFailed(error !== "aborted");
    recogniser.onend = () => {
      running.current = null;
      setListening(false);
    };
    running.current = recogniser;
    setFailed(false);
    setListening(true);
    recogniser.start();
  };
  return { available: recogniserClass() !== null, listening, failed, start, stop: () => running.current?.stop(), drop };
}
