// The cues of a track, one below the other.

import {fill, h} from "../dom.js";
import {CueRow} from "./cue_row.js";

const LENGTH_OF_NEW_S = 2;

export class CueList {
  /** @type {CueRow[]} */
  #rows = [];

  /**
   * @param {{mayWrite: boolean, seek: (at: number) => void, now: () => number}} page
   * @param {() => void} changed hears that somebody has written
   */
  constructor({mayWrite, seek, now}, changed) {
    this.around = {mayWrite, seek, now, changed, addAfter: row => this.add(row.cue.end_s)};
    this.element = h("ol", {class: "cues"});
  }

  /** @returns {import("./cues.js").Cue[]} as they are by now */
  get cues() {
    return this.#rows.filter(row => !row.isRemoved).map(row => row.cue);
  }

  /** The first cue that cannot be saved as it is. */
  get wrong() {
    return this.#rows.find(row => !row.isRemoved && row.trouble);
  }

  /** Show cues; the place to which somebody has scrolled stays. @param {import("./cues.js").Cue[]} cues */
  draw(cues) {
    const top = this.element.scrollTop;
    this.#rows = cues.map(cue => new CueRow(cue, this.around));
    fill(this.element, this.#rows.map(row => row.element));
    this.element.scrollTop = top;
    this.at(this.around.now());
  }

  /** Add a cue to be written. @param {number} at seconds */
  add(at) {
    const row = new CueRow({start_s: at, end_s: at + LENGTH_OF_NEW_S, text: "", settings: ""}, this.around);
    const next = this.#rows.findIndex(one => one.cue.start_s > at), place = next < 0 ? this.#rows.length : next;
    this.element.insertBefore(row.element, this.#rows[place]?.element ?? null);
    this.#rows.splice(place, 0, row);
    row.edit();
    this.around.changed();
  }

  /** Show which cue is said. @param {number} at seconds */
  at(at) {
    for (const {cue, element} of this.#rows) {
      const isSaid = cue.start_s <= at && at < cue.end_s;
      if (isSaid === element.classList.contains("said-now")) continue;
      element.classList.toggle("said-now", isSaid);
      // Whoever reads or writes elsewhere in the list is left there.
      if (isSaid && !this.element.matches(":hover, :focus-within")) this.element.scrollTop = element.offsetTop - this.element.clientHeight / 3;
    }
  }
}
