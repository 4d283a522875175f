// Files to save: the original, and each rung as an MP4 file, which is made when somebody wants it.

import {ask} from "../api.js";
import {attempt, h, say} from "../dom.js";
import {bytes} from "../format.js";
import {once, panel} from "./panel.js";

/** @param {import("./panel.js").Page} page */
export function downloads(page) {
  const save = path => attempt(async () => {
    const told = await ask("GET", `${page.path}${path}`);
    if (told.url) h("a", {href: told.url, download: told.name}).click();
    else say("It is still being made.");
  });
  const make = rung => attempt(async () => {
    await ask("POST", `${page.path}/downloads`, {rung});
    say(`The file of ${rung} is being made.`);
    await page.look();
  });
  const part = ({state, original, renditions, downloads: made}) => state === "deleted" || !original ? null : {
    size: original.size_bytes,
    made,
    rungs: state === "ready" ? renditions.filter(one => one.width).map(one => one.name.replace(/^video\//, "")) : [],
  };
  return panel("Downloads", part, ({size, made, rungs}) => h("ul", {class: "asset-list"},
    h("li", {}, h("span", {}, "Original ", h("span", {class: "hint"}, bytes(size))), once("Save", () => save("/original"), {"aria-label": "Save the original"})),
    rungs.map(rung => {
      const file = made.find(one => one.rung === rung);
      return h("li", {}, h("span", {}, `${rung} as MP4 `, file && h("span", {class: "hint"}, bytes(file.size_bytes))),
        file ? once("Save", () => save(`/downloads/${rung}`), {"aria-label": `Save ${rung}`}) : page.mayWrite && once("Make", () => make(rung), {"aria-label": `Make ${rung}`}));
    })));
}
