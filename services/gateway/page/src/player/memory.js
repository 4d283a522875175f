// What is kept in this browser: where somebody stopped looking, and in which language they like to hear and to read.

const AT = "headrace.at.";
const TRACK = {audio: "headrace.audio", text: "headrace.text"};
const TOO_EARLY_S = 5;
const NEARLY_DONE = 0.95;

/** @typedef {{name: string, language: string, isOff: boolean}} Wish  which track; `isOff`: none, but that one if any */

/** Return where to go on, 0 to begin. @param {string} name */
export function rememberedPosition(name) {
  return name ? Number(stored(() => localStorage.getItem(AT + name))) || 0 : 0;
}

/** Keep where somebody is; who is at the beginning or through begins anew. */
export function rememberPosition(name, at, length) {
  if (!name) return;
  const isWorthIt = at > TOO_EARLY_S && at < NEARLY_DONE * length;
  stored(() => isWorthIt ? localStorage.setItem(AT + name, at.toFixed(1)) : localStorage.removeItem(AT + name));
}

/** Return which track was chosen last, of any asset; null before. @param {"audio" | "text"} kind @returns {Wish | null} */
export function rememberedTrack(kind) {
  return stored(() => JSON.parse(localStorage.getItem(TRACK[kind]) ?? "null"));
}

/** Keep which track was chosen. @param {"audio" | "text"} kind @param {Wish} wish */
export function rememberTrack(kind, wish) {
  stored(() => localStorage.setItem(TRACK[kind], JSON.stringify(wish)));
}

/** In frames of other pages a browser may refuse to keep anything. */
function stored(act) {
  try {
    return act();
  } catch {
    return null;
  }
}
