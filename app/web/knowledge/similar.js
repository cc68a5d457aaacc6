// @ts-check
/** Which document a file is probably a new version of: by its name, against titles, paths and codes. */

const ENOUGH = 0.5;
/** What changes from one edition to the next and says nothing about the subject. */
const EDITION = /\d{4}[年._-]?\d{0,2}[月._-]?\d{0,2}日?|[(（]\d+[)）]|第[\d一二三四五六七八九十]+版|v\d+(\.\d+)*|最终稿|最终版|终稿|定稿|新版|修订版?|副本|final|copy/giu;

/** @param {string} text */
function core(text) {
  return text
    .normalize("NFKC")
    .replace(/^.*\//, "")
    .replace(/\.\w{2,5}$/, "")
    .toLowerCase()
    .replace(EDITION, "")
    .replace(/[\s\p{P}\p{S}]+/gu, "");
}

/** @param {string} text */
function pairs(text) {
  return new Set(Array.from(text).flatMap((char, at, all) => (at ? [`${all[at - 1]}${char}`] : [])));
}

/**
 * Dice's coefficient of character pairs, 0..1.
 *
 * @param {string} one
 * @param {string} other
 */
export function likeness(one, other) {
  const [a, b] = [core(one), core(other)];
  if (!a || !b) return 0;
  if (a === b) return 1;
  const [left, right] = [pairs(a), pairs(b)];
  const shared = [...left].filter((pair) => right.has(pair)).length;
  return left.size + right.size ? (2 * shared) / (left.size + right.size) : 0;
}

/**
 * @param {string} fileName
 * @param {import("../api/knowledge.js").Summary[]} documents
 * @returns {string} a document's id, or "": probably a new one
 */
export function probableDocument(fileName, documents) {
  const same = documents.find(({ path }) => path.replace(/^.*\//, "") === fileName);
  if (same) return same.document_id;
  let best = { id: "", score: ENOUGH };
  for (const { document_id, title, path } of documents) {
    const score = Math.max(likeness(fileName, title), likeness(fileName, path));
    if (score > best.score) best = { id: document_id, score };
  }
  return best.id;
}
