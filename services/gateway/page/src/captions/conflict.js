// Somebody else saved the same track meanwhile: what differs, and what can be done about it.

import {attempt, h} from "../dom.js";
import {save} from "../saving.js";
import {webvtt} from "./cues.js";

/**
 * @typedef {Object} Ways
 * @property {import("./cues.js").Cue[]} mine
 * @property {{version: number} | null} theirs   null when the track is gone
 * @property {(() => Promise<void>) | null} both     null when both changed the same cue
 * @property {(() => Promise<void>) | null} replace
 * @property {() => Promise<void>} anew
 * @property {() => void} drop
 */

/** Say what happened, and offer the ways out of it. @param {Ways} ways */
export function conflict({mine, theirs, both, replace, anew, drop}) {
  const way = (text, act, kind = "") => h("button", {type: "button", class: kind, onclick: () => attempt(async () => act())}, text);
  const told = theirs
    ? `Somebody else saved version ${theirs.version} of this track while you wrote. What you wrote is still here, and not saved.`
    : "Somebody else deleted this track while you wrote. What you wrote is still here, and not saved.";
  const differs = theirs && (both ? "You changed other cues than they did." : "You both changed the same cues.");
  return h(
    "div", {class: "conflict"}, h("p", {}, told, " ", differs),
    h("div", {class: "row"},
      both && way("Save both", both, "primary"),
      replace && way("Replace theirs with mine", replace),
      way("Save mine as another track", anew),
      way("Download mine", () => save("captions.vtt", webvtt(mine), "text/vtt")),
      way(theirs ? "Drop mine, show theirs" : "Drop mine", drop, "danger")));
}
