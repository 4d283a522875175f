// The chapters that the file names: to go to.

import {h} from "../dom.js";
import {clock} from "../format.js";
import {panel} from "./panel.js";

/** @param {import("./panel.js").Page} page */
export function chapters(page) {
  const part = ({state, probe}) => state !== "deleted" && probe?.chapters.length ? probe.chapters : null;
  return panel("Chapters", part, named => h("ol", {class: "chapters"}, named.map(({start_s: start, title}, index) => {
    const name = title || `Chapter ${index + 1}`;
    return h("li", {}, h("button", {type: "button", class: "quiet", onclick: () => page.seek(start)},
      h("span", {class: "cue-time"}, clock(start)), " ", name));
  })));
}
