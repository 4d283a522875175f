// What the parts of the operator's page are made of.

import {h} from "../dom.js";

/** @param {string} title @param {...import("../dom.js").Child} content */
export function section(title, ...content) {
  return h("section", {class: "panel"}, h("h2", {}, title), content);
}

/** A table that scrolls by itself where it is wider than the page. @param {string} caption @param {import("../dom.js").Child[]} heads @param {HTMLElement[]} rows */
export function table(caption, heads, rows) {
  return h(
    "div", {class: "wide", role: "region", "aria-label": caption, tabindex: 0},
    h(
      "table", {}, h("caption", {class: "unseen"}, caption),
      h("thead", {}, h("tr", {}, heads.map(head => h("th", {scope: "col"}, head)))), h("tbody", {}, rows)));
}

/** A cell with a number. @param {number} value */
export function number(value) {
  return h("td", {class: `number ${value ? "" : "quieter"}`}, value.toLocaleString("en"));
}
