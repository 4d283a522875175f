// Tables. Where there is no room for columns, each row becomes a few lines in which cells are named by their heads.

import {h, refill, set} from "./dom.js";

/**
 * @typedef {Object} Table
 * @property {HTMLElement} element
 * @property {(rows: HTMLTableRowElement[]) => void} show  in place of those that it had; whoever had the focus keeps it
 */

/** @param {string} label @param {(string | Node)[]} heads  those that are no text are not repeated beside cells @returns {Table} */
export function table(label, heads) {
  const body = h("tbody", {role: "rowgroup"});
  const top = h("thead", {role: "rowgroup"}, h("tr", {role: "row"}, heads.map(head => h("th", {scope: "col", role: "columnheader"}, head))));
  return {
    element: h("div", {class: "table", role: "region", "aria-label": label, tabindex: 0}, h("table", {role: "table", "aria-label": label}, top, body)),
    show(rows) {
      for (const row of rows) {
        set(row, {role: "row"});
        // Browsers forget what is a table when its rows are laid out as something else.
        [...row.cells].forEach((cell, index) => set(cell, {
          role: cell.localName === "th" ? "rowheader" : "cell", "data-head": typeof heads[index] === "string" && heads[index],
        }));
      }
      refill(body, rows);
    },
  };
}

/** The head of a column of buttons. */
export function actHead() {
  return h("span", {class: "unseen"}, "Act");
}

/** A cell with a number. @param {number} value */
export function number(value) {
  return h("td", {class: `number ${value ? "" : "quieter"}`}, value.toLocaleString("en"));
}
