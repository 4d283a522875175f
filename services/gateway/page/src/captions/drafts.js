// What somebody wrote and did not save: kept in this browser, so that neither a reload nor a closed tab takes it.

/**
 * @typedef {Object} Draft
 * @property {string} name     of the track
 * @property {string} language
 * @property {string} etag   of the version that was changed
 * @property {number} version
 * @property {import("./cues.js").Cue[]} base   that version's cues
 * @property {import("./cues.js").Cue[]} cues   what was made of them
 */

const PREFIX = "headrace.captions.";

/** Whose draft it is, and of which track. @param {import("../asset/panel.js").Page} page @param {string} track */
export function draftName(page, track) {
  return `${page.owner}${page.path}/captions/${track}`;
}

/** @param {string} name @returns {Draft | null} */
export function draftOf(name) {
  return JSON.parse(localStorage.getItem(PREFIX + name) ?? "null");
}

/** Return the tracks of an asset in which something was written and not saved. @param {import("../asset/panel.js").Page} page */
export function writtenTracks(page) {
  const prefix = PREFIX + draftName(page, "");
  return Object.keys(localStorage).filter(key => key.startsWith(prefix)).map(key => key.slice(prefix.length));
}

/** @param {string} name */
export function hasDraft(name) {
  return localStorage.getItem(PREFIX + name) !== null;
}

/** Keep a draft; false when the browser has no room for it. @param {string} name @param {Draft} draft */
export function keepDraft(name, draft) {
  try {
    localStorage.setItem(PREFIX + name, JSON.stringify(draft));
    return true;
  } catch {
    return false;
  }
}

/** @param {string} name */
export function forgetDraft(name) {
  localStorage.removeItem(PREFIX + name);
}
