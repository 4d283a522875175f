// A mark over the picture, of an image or a text. It is not in the video: whoever takes the stream takes it without.

import {h} from "../dom.js";

const CORNERS = ["top-left", "top-right", "bottom-left", "bottom-right", "center"];

/**
 * Return the attributes of a player that shows a mark, none without one.
 *
 * @param {{text: string | null, image: string | null, position: string, opacity: number, size: number | null} | null} mark
 */
export function markedWith(mark) {
  if (!mark) return {};
  const {text, image, position, opacity, size} = mark;
  return {
    watermark: text, "watermark-image": image, "watermark-position": position, "watermark-opacity": opacity,
    "watermark-size": size,
  };
}

/**
 * Return a player's watermark by its attributes, null where it has none: `watermark` (text) or `watermark-image` (URL),
 * `watermark-position`, `watermark-opacity` (0 to 1), and `watermark-size` (percent of the picture's width).
 *
 * @param {HTMLElement} player
 */
export function watermark(player) {
  const text = player.getAttribute("watermark"), image = player.getAttribute("watermark-image");
  if (!text && !image) return null;
  const number = (name, least, most, normal) => {
    const given = Number.parseFloat(player.getAttribute(`watermark-${name}`) ?? "");
    return Number.isNaN(given) ? normal : Math.min(most, Math.max(least, given));
  };
  const wanted = player.getAttribute("watermark-position") ?? "";
  const corner = CORNERS.includes(wanted) ? wanted : "top-right";
  const size = number("size", 1, 100, image ? 15 : 3);
  const mark = h("div", {class: `hp-watermark ${corner}`}, image ? h("img", {src: image, alt: text ?? ""}) : text);
  mark.style.opacity = String(number("opacity", 0, 1, 0.6));
  mark.style[image ? "width" : "fontSize"] = image ? `${size}%` : `${size}cqw`;
  return mark;
}
