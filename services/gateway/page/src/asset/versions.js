// What was made of the asset at other times, and the way back to it.

import {ask} from "../api.js";
import {attempt, h, refill, say} from "../dom.js";
import {ago, bytes} from "../format.js";
import {once} from "./panel.js";

const WORDS = {
  making: "being made", failed: "failed", current: "played", kept: "kept", given_up: "given up", retired: "about to go", removed: "removed",
};

/** @param {import("./panel.js").Page} page */
export function versions(page) {
  const list = h("ul", {class: "asset-list"});
  const element = h("section", {class: "panel", "aria-label": "Versions", hidden: true}, h("h2", {}, "Versions"), list);
  const activate = recipe => attempt(async () => {
    await ask("POST", `${page.path}/versions/${recipe}/activate`);
    say("This version is played from now on.");
    await page.look();
  });
  let known = "";
  return {
    element,
    async show(asset) {
      // Versions change with these alone.
      const sign = JSON.stringify([asset.state, asset.attempts, asset.playback.hls, asset.renditions.length]);
      if (sign === known) return;
      known = sign;
      const told = await attempt(() => ask("GET", `${page.path}/versions`, undefined, {signal: page.signal}));
      if (!told) return;
      element.hidden = told.versions.length < 2;
      refill(list, told.versions.map(one => h("li", {},
        h("span", {}, h("code", {}, one.recipe), ` ${WORDS[one.state] ?? one.state}`,
          h("span", {class: "hint"}, [one.profile, one.size_bytes && bytes(one.size_bytes), one.made_at && ago(one.made_at)]
            .filter(Boolean).map(text => ` · ${text}`).join(""))),
        page.mayWrite && one.state === "kept" && once("Play this one", () => activate(one.recipe)))));
    },
  };
}
