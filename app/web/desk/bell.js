// @ts-check
/**
 * What calls an agent whose eyes are elsewhere: the window's title and icon, and, for those who chose it, a sound. Of
 * several windows of one browser only one sounds.
 */
import { useEffect } from "../html.js";
import { openStorage } from "../storage.js";

const KEY = "wenda.desk.sound";
const kept = openStorage("localStorage");
const QUIET_MS = 2_500;

/** @type {AudioContext | null} */
let audio = null;

export function soundChosen() {
  return kept.getItem(KEY) === "on";
}

/** @param {boolean} on */
export function chooseSound(on) {
  kept.setItem(KEY, on ? "on" : "off");
  if (on) void ring();
}

/**
 * @param {() => void} changed another window of this browser has chosen
 * @returns {() => void} ends the listening
 */
export function onSoundChosen(changed) {
  // Only this key: opening the storage writes to it too, and two windows would answer each other for ever.
  const look = (/** @type {StorageEvent} */ event) => event.key === KEY && changed();
  window.addEventListener("storage", look);
  return () => window.removeEventListener("storage", look);
}

/** Two soft notes, the second higher. Browsers allow it once the person has touched the page. */
export async function ring() {
  if (!soundChosen() || typeof AudioContext === "undefined") return;
  if (navigator.locks) {
    await navigator.locks.request("wenda.desk.bell", { ifAvailable: true }, async (lock) => {
      if (!lock) return;
      play();
      await new Promise((done) => setTimeout(done, QUIET_MS));
    });
  } else play();
}

function play() {
  audio ??= new AudioContext();
  void audio.resume();
  for (const { delay, pitch } of [
    { delay: 0, pitch: 587 },
    { delay: 0.18, pitch: 784 },
  ]) {
    const begin = audio.currentTime + delay;
    const tone = audio.createOscillator();
    const level = audio.createGain();
    tone.frequency.value = pitch;
    level.gain.setValueAtTime(0.0001, begin);
    level.gain.exponentialRampToValueAtTime(0.16, begin + 0.03);
    level.gain.exponentialRampToValueAtTime(0.0001, begin + 0.7);
    tone.connect(level).connect(audio.destination);
    tone.start(begin);
    tone.stop(begin + 0.75);
  }
}

/**
 * @param {string} title of the page when nothing calls
 * @param {number} urgent emergencies that nobody has taken
 * @param {number} unread messages not yet seen
 * @param {import("../words/desk/index.js").DeskWords} words
 */
export function useBadge(title, urgent, unread, words) {
  useEffect(() => {
    const count = unread ? `(${unread}) ` : "";
    document.title = urgent ? `${words.bell.urgent(urgent)} ${title}` : `${count}${title}`;
    const icon = document.querySelector('link[rel="icon"]');
    if (!(icon instanceof HTMLLinkElement)) return;
    icon.dataset.plain ??= icon.href;
    icon.href = urgent ? URGENT : icon.dataset.plain;
  }, [title, urgent, unread]);
}

const URGENT = `data:image/svg+xml,${encodeURIComponent(
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="8" fill="#7c4607"/>' +
    '<path d="M16 7v11" stroke="#fff" stroke-width="4" stroke-linecap="round"/><circle cx="16" cy="24" r="2.4" fill="#fff"/></svg>',
)}`;
