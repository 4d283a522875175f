// Making elements, and what all parts of the page have in common.

/** @typedef {Node | string | number | null | undefined | false} Child */

/**
 * Make an element. Attributes that begin with `on` are listeners, with a dot are properties; `true` stands alone, and
 * what is false, null or undefined is left out. Texts stay texts: nothing is ever parsed as HTML.
 *
 *     h("button", {class: "quiet", onclick: () => close()}, "Close")
 *
 * @param {string} tag
 * @param {Record<string, any>} [attributes]
 * @param {...(Child | Child[])} children
 * @returns {any}
 */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  set(element, attributes);
  element.append(...nodes(children));
  return element;
}

/** Put children in the place of those that an element has. @param {Element} element @param {...(Child | Child[])} children */
export function fill(element, ...children) {
  element.replaceChildren(...nodes(children));
}

/**
 * Put children in the place of others; whoever had the focus has it again, if there is one of the same key or name.
 * @param {Element} element @param {...(Child | Child[])} children
 */
export function refill(element, ...children) {
  const focused = document.activeElement, nameOf = one => one.dataset.key ?? one.getAttribute("aria-label") ?? one.textContent;
  const held = focused !== element && element.contains(focused) ? focused : null;
  fill(element, ...children);
  if (!held) return;
  const same = [...element.querySelectorAll(held.localName)].find(one => nameOf(one) === nameOf(held));
  /** @type {HTMLElement | undefined} */ (same)?.focus({preventScroll: true});
}

/** Set attributes as `h` does. @param {Element} element @param {Record<string, any>} attributes */
export function set(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name.startsWith(".")) /** @type {any} */ (element)[name.slice(1)] = value;
    else if (value === true) element.setAttribute(name, "");
    else if (value === false || value === null || value === undefined) element.removeAttribute(name);
    else element.setAttribute(name, String(value));
  }
}

function nodes(children) {
  return children.flat(9).filter(child => child !== null && child !== undefined && child !== false).map(
    child => child instanceof Node ? child : String(child));
}

/**
 * A part of the page. `show` builds it each time it comes on the page; whatever runs on its behalf ends with `leaving`.
 */
export class View extends HTMLElement {
  connectedCallback() {
    this.left = new AbortController();
    this.show(this.left.signal);
  }

  disconnectedCallback() {
    this.left.abort();
  }

  /** @param {AbortSignal} _leaving */
  show(_leaving) {}
}

/** Wait; ends early, without an error, when the signal says so. @param {number} ms @param {AbortSignal} [signal] */
export function pause(ms, signal) {
  return new Promise(resolve => {
    const timer = setTimeout(resolve, ms);
    signal?.addEventListener("abort", () => (clearTimeout(timer), resolve(undefined)), {once: true});
  });
}

/** Say something for a moment at the foot of the page; screen readers hear it. @param {string} text @param {"done" | "bad"} [tone] */
export function say(text, tone = "done") {
  const told = h("p", {class: `said ${tone}`}, text);
  const place = document.querySelector("#said");
  place?.append(told);
  setTimeout(() => told.remove(), 8000);
}

/** Do something and say so if it fails. @template T @param {() => Promise<T>} act @returns {Promise<T | undefined>} */
export async function attempt(act) {
  try {
    return await act();
  } catch (error) {
    if (error?.name !== "AbortError") say(error.message, "bad");
    return undefined;
  }
}

const ICONS = {
  play: "M7 4.5v15l13-7.5z",
  sound: "M9 18a3 3 0 1 1-3-3c1 0 2 .3 3 1V5l11-2v12a3 3 0 1 1-3-3c.7 0 1.4.2 2 .5V7L9 9z",
  lock: "M7 10V7a5 5 0 0 1 10 0v3h1a1 1 0 0 1 1 1v9a1 1 0 0 1-1 1H6a1 1 0 0 1-1-1v-9a1 1 0 0 1 1-1zm2 0h6V7a3 3 0 0 0-6 0z",
  wait: "M12 3a9 9 0 1 0 9 9 9 9 0 0 0-9-9zm1 9.4 3.5 2.1-1 1.7L11 13.5V7h2z",
  bad: "M12 2 1 21h22zm1 15h-2v2h2zm0-7h-2v5h2z",
  up: "M11 20V8l-4.5 4.5L5 11l7-7 7 7-1.5 1.5L13 8v12z",
  close: "m6.4 5 5.6 5.6L17.6 5 19 6.4 13.4 12l5.6 5.6-1.4 1.4-5.6-5.6L6.4 19 5 17.6l5.6-5.6L5 6.4z",
};

/** Draw an icon; it says nothing to screen readers. @param {keyof typeof ICONS} name */
export function icon(name) {
  const namespace = "http://www.w3.org/2000/svg";
  const drawing = document.createElementNS(namespace, "svg");
  const path = document.createElementNS(namespace, "path");
  path.setAttribute("d", ICONS[name]);
  set(drawing, {viewBox: "0 0 24 24", class: "icon", "aria-hidden": "true"});
  drawing.append(path);
  return drawing;
}
