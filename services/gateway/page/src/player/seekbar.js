// The line on which a film's time runs: what was played, what is there, and small pictures of where the pointer is.

import {h, set} from "../dom.js";
import {clock} from "../format.js";
import {showTile, tileAt} from "../storyboard.js";

const TILE_WIDTH = 160;

/**
 * @typedef {Object} Seekbar
 * @property {HTMLElement} element
 * @property {(now: number, length: number, ranges: TimeRanges) => void} show
 * @property {(tiles: import("../storyboard.js").Tile[]) => void} picture
 */

/** @param {(at: number) => void} seek @returns {Seekbar} */
export function seekbar(seek) {
  const played = h("i", {class: "hp-played"}), held = h("i", {class: "hp-held"}), knob = h("i", {class: "hp-knob"});
  const tile = h("div", {class: "hp-tile"}), time = h("span");
  const preview = h("div", {class: "hp-preview", hidden: true}, tile, time);
  const element = h("div", {
    class: "hp-seekbar", role: "slider", tabindex: "0", "aria-label": "Position", "aria-valuemin": "0",
    "aria-valuemax": "0", "aria-valuenow": "0", "aria-valuetext": clock(0),
  }, h("div", {class: "hp-line"}, held, played), knob, preview);
  let length = 0, tiles = [], isHeld = false;

  const at = event => {
    const box = element.getBoundingClientRect();
    return Math.min(1, Math.max(0, (event.clientX - box.left) / box.width)) * length;
  };
  const look = event => {
    const where = at(event), tileHere = tileAt(tiles, where);
    preview.hidden = length === 0;
    tile.hidden = !tileHere;
    if (tileHere) showTile(tile, tileHere, Math.min(TILE_WIDTH, tileHere.width));
    time.textContent = clock(where);
    const half = preview.offsetWidth / 2, width = element.clientWidth;
    preview.style.left = `${Math.min(width - half, Math.max(half, where / length * width))}px`;
  };
  element.addEventListener("pointermove", event => {
    look(event);
    if (isHeld) seek(at(event));
  });
  element.addEventListener("pointerdown", event => {
    isHeld = true;
    element.setPointerCapture(event.pointerId);
    look(event);
    seek(at(event));
  });
  for (const end of ["pointerup", "pointercancel"]) element.addEventListener(end, () => (isHeld = false));
  element.addEventListener("pointerup", event => (preview.hidden = event.pointerType !== "mouse"));
  element.addEventListener("pointerleave", () => (preview.hidden = !isHeld));

  return {
    element,
    picture: own => (tiles = own),
    show(now, whole, ranges) {
      length = whole;
      const share = seconds => `${length ? Math.min(100, 100 * seconds / length) : 0}%`;
      played.style.width = knob.style.left = share(now);
      held.style.width = share(heldUntil(now, ranges));
      set(element, {
        "aria-valuemax": Math.floor(length), "aria-valuenow": Math.floor(now),
        "aria-valuetext": `${clock(now)} of ${clock(length)}`,
      });
    },
  };
}

/** Until when what is there reaches without a gap. @param {number} now @param {TimeRanges} ranges */
function heldUntil(now, ranges) {
  for (let index = 0; index < ranges.length; index++) {
    if (ranges.start(index) <= now + 0.1 && now <= ranges.end(index)) return ranges.end(index);
  }
  return now;
}
