// Messages that were given up, and why.

import {ask} from "../api.js";
import {attempt, fill, h, say} from "../dom.js";
import {ago, count, moment} from "../format.js";
import {actHead, table} from "../table.js";

/** Dead letters, with one press to have them done again. */
export class Letters {
  #seen = "none";

  constructor(again) {
    this.again = again;
    this.element = h("div");
    this.table = table("Dead letters", ["When", "Service", "Why", "Asset", actHead()]);
    this.all = h("div", {class: "row end"}, h("button", {type: "button", onclick: () => this.#settle("replay", {every: true})}, "Replay all"));
  }

  /** Show them, if there are others than before. @param {number} number @param {AbortSignal} signal */
  async look(number, signal) {
    if (number === 0) return this.#empty();
    const page = await attempt(() => ask("GET", "/v1/operations/dead?limit=100", undefined, {signal}));
    if (!page) return;
    const seen = page.letters.map(letter => letter.id).join();
    if (seen === this.#seen) return;
    this.#seen = seen;
    this.table.show(page.letters.map(letter => this.#row(letter)));
    fill(this.element, this.all, this.table.element, page.next_after !== null && h("p", {class: "hint"}, "These are the first 100."));
  }

  #empty() {
    this.#seen = "none";
    fill(this.element, h("p", {class: "quieter"}, "There are none: nothing was given up."));
  }

  #row(letter) {
    const act = (text, what) => h(
      "button", {type: "button", onclick: () => this.#settle(what, {ids: [letter.id]}), "aria-label": `${text} letter ${letter.id}`}, text);
    return h(
      "tr", {"data-letter": letter.id}, h("td", {title: moment(letter.at)}, ago(letter.at)), h("th", {scope: "row"}, letter.service),
      h("td", {class: "words"}, h("code", {}, letter.code || letter.reason), " ", letter.message),
      h("td", {}, letter.asset_id && h("a", {href: `/assets/${letter.asset_id}`}, letter.asset_id.slice(0, 8))),
      h("td", {class: "act"}, h("div", {class: "row nowrap"}, act("Replay", "replay"), act("Drop", "drop"))));
  }

  async #settle(what, letters) {
    await attempt(async () => {
      const {done, refused} = await ask("POST", `/v1/operations/dead/${what}`, letters);
      say(`${count(done.length, "letter")} ${what === "drop" ? "dropped" : "replayed"}.`);
      for (const one of refused) say(`Letter ${one.id}: ${one.message}`, "bad");
      await this.again();
    });
  }
}
