// What somebody wrote in a track that was deleted before it was saved.

import {ask} from "../api.js";
import {once} from "../asset/panel.js";
import {attempt, h, say} from "../dom.js";
import {languageName} from "../format.js";
import {save} from "../saving.js";
import {webvtt} from "./cues.js";
import {draftName, draftOf, forgetDraft} from "./drafts.js";

/**
 * @param {import("../asset/panel.js").Page} page
 * @param {string} track
 * @param {() => void} settled hears that it needs no line any more
 */
export function orphanLine(page, track, settled) {
  const key = draftName(page, track), {name, language, cues} = draftOf(key);
  const drop = () => {
    forgetDraft(key);
    settled();
  };
  const add = () => attempt(async () => {
    await ask("POST", `${page.path}/captions`, {text: webvtt(cues), language, name});
    say("What you wrote is a track of its own.");
    drop();
    await page.look();
  });
  const button = (text, act, kind = "") => h("button", {type: "button", class: kind, onclick: act}, text);
  return h("li", {class: "track", "data-orphan": track},
    h("p", {class: "track-trouble"}, `“${name || languageName(language)}” was deleted. What you wrote in it and did not save is still here.`),
    h("div", {class: "row"}, once("Save mine as another track", add),
      button("Download mine", () => save("captions.vtt", webvtt(cues), "text/vtt")), button("Drop mine", drop, "danger")));
}
