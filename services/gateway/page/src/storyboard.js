// The storyboard: small pictures of a film on sheets, which a WebVTT file lays out.

/**
 * @typedef {Object} Tile
 * @property {number} start   seconds
 * @property {number} end
 * @property {string} url     of the sheet
 * @property {number} x
 * @property {number} y
 * @property {number} width
 * @property {number} height
 */

const CUE = /([\d:.]+)\s+-->\s+([\d:.]+)[^\n]*\n(\S+)#xywh=(\d+),(\d+),(\d+),(\d+)/g;

/** Read a storyboard. @param {string} url @param {AbortSignal} [signal] @returns {Promise<Tile[]>} none if it is away */
export async function readStoryboard(url, signal) {
  const answer = await fetch(url, {signal});
  if (!answer.ok) return [];
  const text = (await answer.text()).replaceAll("\r\n", "\n");
  return [...text.matchAll(CUE)].map(([, start, end, sheet, x, y, width, height]) => ({
    start: seconds(start),
    end: seconds(end),
    url: new URL(sheet, answer.url).href,
    x: Number(x),
    y: Number(y),
    width: Number(width),
    height: Number(height),
  }));
}

/** Return the tile of a time, null where there is none. @param {Tile[]} tiles @param {number} at */
export function tileAt(tiles, at) {
  return tiles.findLast(tile => tile.start <= at) ?? tiles[0] ?? null;
}

/** Show a tile as an element's background, `width` pixels wide. @param {HTMLElement} element @param {Tile} tile @param {number} width */
export function showTile(element, tile, width) {
  const scale = width / tile.width;
  element.style.width = `${width}px`;
  element.style.height = `${tile.height * scale}px`;
  element.style.backgroundImage = `url("${tile.url}")`;
  element.style.backgroundPosition = `${-tile.x * scale}px ${-tile.y * scale}px`;
  sizeOf(tile.url).then(sheet => (element.style.backgroundSize = `${sheet.width * scale}px ${sheet.height * scale}px`));
}

const sizes = new Map();

function sizeOf(url) {
  if (!sizes.has(url)) {
    const sheet = new Image();
    sheet.src = url;
    sizes.set(url, sheet.decode().then(() => ({width: sheet.naturalWidth, height: sheet.naturalHeight})));
  }
  return sizes.get(url);
}

function seconds(text) {
  return text.split(":").reduce((sum, part) => 60 * sum + Number(part), 0);
}
