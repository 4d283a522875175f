// What the parts of an asset's page have in common.

import {h, refill} from "../dom.js";

/**
 * @typedef {Object} Page
 * @property {string} path                  of the asset at the gateway
 * @property {() => Promise<any>} look      read the asset anew
 * @property {(at: number) => void} seek    show a time of the film
 * @property {() => number} now             the time that is shown
 * @property {AbortSignal} signal           ends with the page
 * @property {boolean} mayWrite
 * @property {string} owner                 who looks
 * @property {string} wanted                the text track that is to be shown first
 */

/**
 * Make a panel that is drawn anew when what it shows has changed, so that nobody's focus is lost for nothing.
 *
 * @param {string} title
 * @param {(asset: any) => any} of      the part of the asset that it shows, null to hide it
 * @param {(part: any, asset: any) => any} draw
 */
export function panel(title, of, draw) {
  const body = h("div", {});
  const element = h("section", {class: "panel", hidden: true, "aria-label": title}, h("h2", {}, title), body);
  let shown = "";
  return {
    element,
    show(asset) {
      const part = of(asset), now = JSON.stringify(part);
      element.hidden = part === null;
      if (now === shown || part === null) return;
      shown = now;
      refill(body, draw(part, asset));
    },
  };
}

/** A list of names and what is so called; what is not known is left out. @param {[string, any][]} pairs */
export function facts(pairs) {
  const known = pairs.filter(([, value]) => value !== null && value !== undefined && value !== "");
  return h("dl", {class: "asset-facts"}, known.map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value))));
}

/** A button that is pressed once at a time. @param {string} text @param {() => Promise<any>} act @param {Record<string, any>} [attributes] */
export function once(text, act, attributes = {}) {
  const button = h("button", {type: "button", ...attributes, onclick: async () => {
    button.disabled = true;
    await act();
    button.disabled = false;
  }}, text);
  return button;
}
