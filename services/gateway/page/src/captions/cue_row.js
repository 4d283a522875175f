// One cue: to be read and gone to, and for those who may, to be opened and corrected.

import {fill, h, set} from "../dom.js";
import {clock, exactClock, secondsOf} from "../format.js";
import {readable, writable} from "./cues.js";

/**
 * @typedef {Object} Around
 * @property {boolean} mayWrite
 * @property {(at: number) => void} seek
 * @property {() => number} now               where the player is
 * @property {() => void} changed             hears that it is another
 * @property {(row: CueRow) => void} addAfter
 */

export class CueRow {
  isRemoved = false;
  #cue; #times; #form = null;

  /** @param {import("./cues.js").Cue} cue @param {Around} around */
  constructor(cue, around) {
    this.around = around;
    this.#cue = {...cue};
    this.#times = {start_s: exactClock(cue.start_s), end_s: exactClock(cue.end_s)};
    this.element = h("li", {class: "cue"});
    this.#draw();
  }

  /** @returns {import("./cues.js").Cue} as it is by now; what is no time does not count */
  get cue() {
    return {...this.#cue};
  }

  /** Why it cannot be saved, empty when it can. */
  get trouble() {
    if (Object.values(this.#times).some(text => secondsOf(text) === null)) return "Write a time as 1:02.345.";
    if (this.#cue.end_s <= this.#cue.start_s) return "It ends before it begins, or at once.";
    return readable(this.#cue.text) ? "" : "Write what is said, or remove the cue.";
  }

  /** Let it be corrected. */
  edit() {
    if (!this.#form) this.#draw(true);
    this.#form.querySelector("textarea").focus();
  }

  #draw(isOpen = false) {
    const at = clock(this.#cue.start_s), text = readable(this.#cue.text) || "(nothing)";
    this.#form = isOpen ? this.#fields() : null;
    const go = h("button", {type: "button", class: "quiet cue-time", "aria-label": `Go to ${at}`, onclick: () => this.around.seek(this.#cue.start_s)}, at);
    const put = h("button", {type: "button", onclick: () => this.#remove(false)}, "Put back");
    const read = this.around.mayWrite
      ? h("button", {type: "button", class: "quiet cue-text", "aria-label": `Correct: ${text}`, onclick: () => this.edit()}, text)
      : h("span", {class: "cue-text"}, text);
    set(this.element, {class: `cue ${this.isRemoved ? "removed" : ""}`});
    fill(this.element, go, this.#form ?? (this.isRemoved ? [h("s", {class: "cue-text"}, text), put] : read));
  }

  #fields() {
    const trouble = h("p", {class: "trouble", role: "alert"});
    const changed = () => {
      fill(trouble, this.trouble);
      this.around.changed();
    };
    const time = (name, label) => {
      const input = h("input", {value: this.#times[name], "aria-label": `${label} of the cue`, inputmode: "decimal", size: 10, autocomplete: "off"});
      const take = value => {
        this.#times[name] = value;
        this.#cue[name] = secondsOf(value) ?? this.#cue[name];
        set(input, {"aria-invalid": secondsOf(value) === null && "true"});
        changed();
      };
      input.addEventListener("input", () => take(input.value));
      const here = () => take(input.value = exactClock(this.around.now()));
      return h("div", {class: "row cue-edge"}, label, input, h("button", {type: "button", "aria-label": `Now as ${label.toLowerCase()}`, onclick: here}, "Now"));
    };
    const before = this.#cue.text;
    const text = h("textarea", {rows: 2, maxlength: 5000, "aria-label": "Text of the cue", oninput: () => {
      this.#cue.text = text.value === writable(before) ? before : text.value;
      changed();
    }}, writable(before));
    const act = (name, run) => h("button", {type: "button", onclick: run}, name);
    const close = () => {
      this.#draw();
      this.element.querySelector(".cue-text").focus();
    };
    return h("div", {class: "cue-fields", role: "group", "aria-label": "Cue", onkeydown: event => {
      if (event.key !== "Escape" && !(event.key === "Enter" && (event.ctrlKey || event.metaKey))) return;
      event.preventDefault();
      close();
    }}, text, h("div", {class: "row"}, time("start_s", "Start"), time("end_s", "End")), trouble,
    h("div", {class: "row"}, act("Done", close), act("Add one after", () => this.around.addAfter(this)), act("Remove", () => this.#remove(true))));
  }

  #remove(isRemoved) {
    this.isRemoved = isRemoved;
    this.#draw();
    this.element.querySelector("button:last-child").focus();
    this.around.changed();
  }
}
