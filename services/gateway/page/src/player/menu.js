// A button of the player that opens a list of which one is chosen.

import {fill, h, set} from "../dom.js";

let made = 0;

/**
 * @typedef {Object} Menu
 * @property {HTMLElement} element
 * @property {(items: {id: number, label: string}[], chosen: number) => void} show  with fewer than two it is hidden
 * @property {(text: string) => void} face  what the button shows instead of an icon
 */

/**
 * @param {string} name   what it is called: "Quality"
 * @param {Node | string} face
 * @param {(id: number) => void} choose
 * @returns {Menu}
 */
export function menu(name, face, choose) {
  const id = `headrace-menu-${++made}`;
  const list = h("div", {class: "hp-list", role: "menu", id, "aria-label": name, hidden: true});
  const button = h("button", {
    type: "button", class: "hp-round", title: name, "aria-label": name, "aria-haspopup": "menu", "aria-expanded": "false",
    "aria-controls": id,
  }, face);
  const element = h("div", {class: "hp-menu", hidden: true}, button, list);
  let shown = "", isDrawing = false;
  const items = () => /** @type {HTMLElement[]} */ ([...list.children]);

  const open = isOpen => {
    list.hidden = !isOpen;
    set(button, {"aria-expanded": String(isOpen)});
    if (isOpen) (list.querySelector("[aria-checked=true]") ?? list.firstElementChild)?.focus();
  };
  button.addEventListener("click", () => open(list.hidden));
  element.addEventListener("focusout", event => !isDrawing && !element.contains(event.relatedTarget) && open(false));
  element.addEventListener("keydown", event => {
    const step = {ArrowDown: 1, ArrowUp: -1}[event.key];
    if (list.hidden || !(step || event.key === "Escape")) return;
    event.preventDefault();
    event.stopPropagation();
    if (event.key === "Escape") {
      open(false);
      button.focus();
    } else {
      const own = items(), place = own.indexOf(document.activeElement);
      own[(place + step + own.length) % own.length].focus();
    }
  });

  const item = (one, chosen) => h("button", {
    type: "button", role: "menuitemradio", tabindex: "-1", "aria-checked": String(one.id === chosen),
    onclick: () => {
      choose(one.id);
      open(false);
      button.focus();
    },
  }, one.label);

  return {
    element,
    show(choices, chosen) {
      // What is open keeps its focus as long as nothing is different.
      const now = JSON.stringify([choices, chosen]);
      if (now === shown) return;
      shown = now;
      const place = items().indexOf(document.activeElement);
      element.hidden = choices.length < 2;
      isDrawing = true;
      fill(list, choices.map(one => item(one, chosen)));
      isDrawing = false;
      if (place >= 0) items()[Math.min(place, choices.length - 1)]?.focus();
    },
    face(text) {
      fill(button, text);
      set(button, {"aria-label": `${name}: ${text}`});
    },
  };
}
