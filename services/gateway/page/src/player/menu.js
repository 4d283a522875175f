// A button of the player that opens a list of which one is chosen.

import {fill, h, set} from "../dom.js";

let made = 0;

/** @typedef {{id: number, label: string}} Item */

/**
 * @typedef {Object} Menu
 * @property {HTMLElement} element
 * @property {(items: Item[], chosen: number) => void} show  with fewer than two it is hidden
 * @property {(text: string) => void} face  what the button shows instead of an icon
 */

/**
 * The keys are those of a menu button. Source: WAI-ARIA Authoring Practices, "Menu Button".
 *
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
  const items = () => /** @type {HTMLElement[]} */ ([...list.children]);

  const open = () => {
    list.hidden = false;
    set(button, {"aria-expanded": "true"});
    (list.querySelector("[aria-checked=true]") ?? list.firstElementChild).focus();
  };
  const close = () => {
    list.hidden = true;
    set(button, {"aria-expanded": "false"});
  };
  const closeHere = () => {
    close();
    button.focus();
  };
  button.addEventListener("click", () => list.hidden ? open() : close());
  element.addEventListener("focusout", event => !element.contains(event.relatedTarget) && close());
  element.addEventListener("keydown", event => {
    const own = items(), at = own.indexOf(/** @type {HTMLElement} */ (document.activeElement));
    const steps = {
      ArrowDown: () => own[(at + 1) % own.length].focus(),
      ArrowUp: () => own[(Math.max(at, 0) + own.length - 1) % own.length].focus(),
      Home: () => own[0].focus(),
      End: () => own[own.length - 1].focus(),
      Escape: closeHere,
    };
    const act = list.hidden ? /^Arrow(Up|Down)$/.test(event.key) && open : steps[event.key];
    if (!act) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  });

  const item = () => h("button", {
    type: "button", role: "menuitemradio", tabindex: "-1",
    onclick: event => {
      choose(Number(event.currentTarget.value));
      closeHere();
    },
  });

  return {
    element,
    /** What is there is changed in its place, so that somebody who is choosing keeps the focus. */
    show(choices, chosen) {
      while (list.children.length < choices.length) list.append(item());
      const gone = items().slice(choices.length);
      if (gone.includes(/** @type {HTMLElement} */ (document.activeElement))) (items()[choices.length - 1] ?? button).focus();
      gone.forEach(own => own.remove());
      items().forEach((own, index) => {
        const {id: value, label} = choices[index];
        set(own, {value, "aria-checked": String(value === chosen)});
        if (own.textContent !== label) own.textContent = label;
      });
      element.hidden = choices.length < 2;
      if (element.hidden) close();
    },
    face(text) {
      if (button.textContent !== text) fill(button, text);
      set(button, {"aria-label": `${name}: ${text}`});
    },
  };
}
