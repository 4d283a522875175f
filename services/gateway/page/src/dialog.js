// Asking something in a window before the page, before it is done.

import {fill, h, set} from "./dom.js";

/**
 * Ask, do what is asked for, and return what came of it; null when it is cancelled. What fails is told in the window,
 * which stays open with all that was entered.
 *
 *     await dialog("Tags", [field], "Change tags", given => change(given.get("tags")))
 *
 * @template T
 * @param {string} title
 * @param {import("./dom.js").Child[]} content
 * @param {string} yes   what the button says
 * @param {(given: FormData) => Promise<T>} act
 * @returns {Promise<T | null>}
 */
export function dialog(title, content, yes, act) {
  const trouble = h("p", {class: "trouble", role: "alert"});
  const button = h("button", {class: "primary"}, yes);
  const form = h(
    "form", {method: "dialog"}, h("h2", {id: "asked"}, title), content, trouble,
    // Enter presses the first button that submits.
    h("div", {class: "row end"}, h("button", {type: "button", onclick: () => element.close()}, "Cancel"), button));
  const element = h("dialog", {"aria-labelledby": "asked"}, form);
  document.body.append(element);
  element.showModal();
  return new Promise(resolve => {
    let done = null;
    form.addEventListener("submit", async event => {
      event.preventDefault();
      button.disabled = true;
      fill(trouble);
      try {
        done = await act(new FormData(form));
        element.close();
      } catch (error) {
        fill(trouble, error.message);
      } finally {
        button.disabled = false;
      }
    });
    element.addEventListener("close", () => {
      element.remove();
      resolve(done);
    });
  });
}

let described = 0;

/**
 * A line to be filled in, with its name above it and a hint below.
 * @param {string} label @param {Record<string, any> | HTMLElement} input  what is entered, or the attributes of a line of text
 * @param {string} [hint] @param {import("./dom.js").Child} [more]
 */
export function field(label, input, hint = "", more = null) {
  const entered = input instanceof HTMLElement ? input : h("input", input), id = `hint-${++described}`;
  if (hint) set(entered, {"aria-describedby": id});
  return h("div", {class: "field"}, h("label", {}, h("span", {}, label), entered), hint && h("small", {class: "hint", id}, hint), more);
}

/** Something to be ticked. @param {string} label @param {Record<string, any>} attributes */
export function tick(label, attributes) {
  return h("label", {class: "tick"}, h("input", {type: "checkbox", ...attributes}), label);
}
