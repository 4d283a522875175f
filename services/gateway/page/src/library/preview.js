// A card's picture moves through the storyboard while it is pointed at or its link has the focus.

import {h, pause} from "../dom.js";
import {readStoryboard, showTile} from "../storyboard.js";

const AFTER_MS = 250;
const TILE_MS = 450;
const MOST_TILES = 24;

/**
 * @param {HTMLElement} card
 * @param {HTMLElement} picture
 * @param {() => Record<string, string | null>} playback  where the storyboard is, when it is wanted
 */
export function previewOf(card, picture, playback) {
  let stop = new AbortController();
  const begin = () => {
    const url = playback().storyboard;
    stop.abort();
    stop = new AbortController();
    if (url && !matchMedia("(prefers-reduced-motion: reduce)").matches) play(picture, url, stop.signal).catch(() => {});
  };
  const end = () => stop.abort();
  card.addEventListener("pointerenter", event => event.pointerType === "mouse" && begin());
  card.addEventListener("pointerleave", end);
  card.addEventListener("focusin", event => /** @type {Element} */ (event.target).matches(".card-title:focus-visible") && begin());
  card.addEventListener("focusout", end);
}

async function play(picture, url, signal) {
  await pause(AFTER_MS, signal);
  if (signal.aborted) return;
  const all = await readStoryboard(url, signal);
  const step = Math.max(1, Math.ceil(all.length / MOST_TILES));
  const tiles = all.filter((_, index) => index % step === 0);
  if (!tiles.length) return;
  const shown = h("div", {class: "card-preview", "aria-hidden": "true"});
  const line = h("div", {class: "card-preview-line"});
  signal.addEventListener("abort", () => (shown.remove(), line.remove()));
  for (let index = 0; !signal.aborted; index = (index + 1) % tiles.length) {
    const tile = tiles[index];
    showTile(shown, tile, fitting(tile, picture));
    line.style.width = `${(100 * (index + 1)) / tiles.length}%`;
    if (!shown.isConnected) picture.append(shown, line);
    await pause(TILE_MS, signal);
  }
}

/** The width at which a tile fits into the picture's place. */
function fitting(tile, picture) {
  return Math.min(picture.clientWidth, (picture.clientHeight * tile.width) / tile.height);
}
