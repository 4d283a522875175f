// Where somebody stopped looking, kept in this browser.

const PREFIX = "headrace.at.";
const TOO_EARLY_S = 5;
const NEARLY_DONE = 0.95;

/** Return where to go on, 0 to begin. @param {string} name */
export function rememberedPosition(name) {
  return name ? Number(stored(() => localStorage.getItem(PREFIX + name))) || 0 : 0;
}

/** Keep where somebody is; who is at the beginning or through begins anew. */
export function rememberPosition(name, at, length) {
  if (!name) return;
  const isWorthIt = at > TOO_EARLY_S && at < NEARLY_DONE * length;
  stored(() => isWorthIt ? localStorage.setItem(PREFIX + name, at.toFixed(1)) : localStorage.removeItem(PREFIX + name));
}

/** In frames of other pages a browser may refuse to keep anything. */
function stored(act) {
  try {
    return act();
  } catch {
    return null;
  }
}
