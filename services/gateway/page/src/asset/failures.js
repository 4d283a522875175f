// What went wrong, what to do about it, and the button that does it.

import {ask} from "../api.js";
import {attempt, h, say} from "../dom.js";
import {once, panel} from "./panel.js";

const STEPS = [
  ["probe", "Everything, from the original on"],
  ["encode", "Encoding and all after it"],
  ["thumbnail", "Poster and storyboard"],
  ["package", "Playlists and the last check"],
];

/** @param {import("./panel.js").Page} page */
export function failures(page) {
  return panel("What went wrong", asset => asset.errors.length && asset.state !== "deleted" ? asset.errors : null, errors => {
    const step = h("select", {"aria-label": "From which step"}, STEPS.map(([value, text]) => h("option", {value}, text)));
    const retry = () => attempt(async () => {
      await ask("POST", `${page.path}/retry`, {step: step.value});
      say("It is done again. What plays now plays until the new is ready.");
      await page.look();
    });
    return [
      h("ul", {class: "asset-errors"}, errors.map(error => h("li", {},
        error.message, " ", h("span", {class: "hint"}, h("code", {}, error.code), ` said by ${error.service}`)))),
      page.mayWrite && h("div", {class: "row"}, once("Try again", retry, {class: "primary"}), step),
    ];
  });
}
