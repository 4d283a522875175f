// Cues as people read and write them, and what becomes of them when two people write at once.

/**
 * @typedef {Object} Cue
 * @property {number} start_s
 * @property {number} end_s
 * @property {string} text      in the markup of WebVTT
 * @property {string} settings  where it stands, as WebVTT says
 */

const NAMED = {amp: "&", lt: "<", gt: ">", nbsp: " ", lrm: "", rlm: ""};

/** Return what is read of a cue's text: without tags, on one line. @param {string} markup */
export function readable(markup) {
  return markup.replace(/<[^>]*>/g, "").replace(/&(\w+);/g, (all, name) => NAMED[name] ?? all).replace(/\s+/g, " ").trim();
}

/** Return a cue's text as people write it where that means the same, else its markup. @param {string} markup */
export function writable(markup) {
  const text = markup.replace(/&amp;(?!#?\w+;)/g, "&");
  if (markup.includes("<")) return text;
  const plain = text.replaceAll("&lt;", "<").replaceAll("&gt;", ">");
  return /<[a-z/\d]/i.test(plain) ? text : plain;
}

/** Tell whether cues are the same. @param {Cue[]} some @param {Cue[]} others */
export function areSame(some, others) {
  return some.length === others.length && some.every((cue, index) => keyOf(cue) === keyOf(others[index]));
}

/**
 * Return what both made of the same cues, null where both changed the same one.
 * @param {Cue[]} base @param {Cue[]} mine @param {Cue[]} theirs @returns {Cue[] | null}
 */
export function merged(base, mine, theirs) {
  const [before, own, there] = [base, mine, theirs].map(cues => new Set(cues.map(keyOf)));
  const changed = new Set([...before].filter(key => !own.has(key)));
  if ([...changed].some(key => !there.has(key))) return null;
  const added = mine.filter(cue => !before.has(keyOf(cue)) && !there.has(keyOf(cue)));
  return inOrder([...theirs.filter(cue => !changed.has(keyOf(cue))), ...added]);
}

/** @param {Cue[]} cues @returns {Cue[]} */
export function inOrder(cues) {
  return [...cues].sort((one, other) => one.start_s - other.start_s || one.end_s - other.end_s);
}

function keyOf({start_s, end_s, text, settings}) {
  return JSON.stringify([start_s, end_s, text, settings]);
}

/** Return cues as a WebVTT file. @param {Cue[]} cues */
export function webvtt(cues) {
  const blocks = cues.map(({start_s: start, end_s: end, text, settings}) => `${vttTime(start)} --> ${vttTime(end)}${settings && ` ${settings}`}\n${text}`);
  return `${["WEBVTT", ...blocks].join("\n\n")}\n`;
}

function vttTime(seconds) {
  const milliseconds = Math.round(1000 * seconds), whole = Math.floor(milliseconds / 1000);
  const [hours, minutes, rest] = [whole / 3600, (whole / 60) % 60, whole % 60].map(part => String(Math.floor(part)).padStart(2, "0"));
  return `${hours}:${minutes}:${rest}.${String(milliseconds % 1000).padStart(3, "0")}`;
}
