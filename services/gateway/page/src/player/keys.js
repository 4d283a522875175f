// The keyboard. It works while the player has the focus, or nothing has.

/**
 * @typedef {Object} Acts
 * @property {() => void} toggle
 * @property {(seconds: number) => void} skip
 * @property {(share: number) => void} jump
 * @property {(more: number) => void} louder
 * @property {() => void} mute
 * @property {() => void} wide
 * @property {() => void} captions
 */

/** Hear keys until `leaving`. @param {HTMLElement} player @param {Acts} acts @param {AbortSignal} leaving */
export function hearKeys(player, acts, leaving) {
  const keys = {
    " ": acts.toggle, k: acts.toggle,
    j: () => acts.skip(-10), l: () => acts.skip(10),
    ArrowLeft: () => acts.skip(-5), ArrowRight: () => acts.skip(5),
    ArrowUp: () => acts.louder(0.1), ArrowDown: () => acts.louder(-0.1),
    f: acts.wide, m: acts.mute, c: acts.captions,
  };
  document.addEventListener("keydown", event => {
    const target = /** @type {HTMLElement} */ (event.target);
    const isOurs = player.contains(target), isNobodys = target.matches("body, main");
    if (!isOurs && !isNobodys || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    // A button is pressed with Space, and the page is scrolled by arrows.
    if (key === " " && target.closest("button") || isNobodys && /^Arrow(Up|Down)$/.test(key)) return;
    if (target.matches("input") && key.startsWith("Arrow")) return;
    const act = /^\d$/.test(key) ? () => acts.jump(Number(key) / 10) : keys[key];
    if (!act) return;
    event.preventDefault();
    act();
  }, {signal: leaving});
}
