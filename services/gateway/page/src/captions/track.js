// One text track in the list: what it is, and what can be done to it.

import {ask} from "../api.js";
import {dialog, field, tick} from "../dialog.js";
import {attempt, h, say} from "../dom.js";
import {count, languageName, percent} from "../format.js";
import {opened} from "../playback.js";
import {once} from "../asset/panel.js";
import {save} from "../saving.js";
import {draftName, hasDraft} from "./drafts.js";
import {languageField} from "./languages.js";

const SOURCES = {speech: "heard", embedded: "from the file", upload: "uploaded", edit: "corrected by hand"};

/**
 * @param {import("../asset/panel.js").Page} page
 * @param {any} asset
 * @param {any} track  its document
 * @param {{open: (track: any) => void, isOpen: boolean, isAwaited: boolean}} shown  `isAwaited`: a newer version is being made
 */
export function trackLine(page, asset, track, {open, isOpen, isAwaited}) {
  // What was never made has no language.
  const name = track.name || (track.language ? languageName(track.language) : /^speech-/.test(track.track) ? "What is said" : "Subtitles");
  const isWritten = page.mayWrite && hasDraft(draftName(page, track.track));
  const marks = [track.default && "Default", track.forced && "Forced", track.sdh && "For those who do not hear", isWritten && "Changes not saved"];
  return h("li", {class: "track", "data-track": track.track, "data-state": track.state, "data-version": track.version},
    h("div", {class: "track-head"}, h("strong", {}, name), track.language && h("code", {}, track.language), marks.filter(Boolean).map(mark => h("span", {class: "track-mark"}, mark))),
    h("p", {class: "hint"}, words(track)),
    isAwaited && track.state !== "making" && h("p", {class: "hint"}, "It is being written down anew."),
    // Where nobody set up a model, nothing went wrong.
    track.message && h("p", {class: track.state === "unavailable" && track.code !== "no_model" ? "track-trouble" : "hint"}, track.message),
    track.state === "made" && track.refusal_message && h("p", {class: "track-trouble"}, `A newer version could not be made: ${track.refusal_message}`),
    track.state === "made" && h("div", {class: "row"}, acts(page, asset, track, name, {open, isOpen})));
}

function words({state, source, version, cues, language_probability: sureness, track}) {
  if (state === "making") return "It is being written down.";
  if (state === "unavailable") return "It could not be made.";
  const from = source === "speech" && track.endsWith("-en") ? "heard and translated" : SOURCES[source] ?? source;
  const sure = sureness === null ? "" : `, language ${percent(sureness)} sure`;
  return `${from} · ${count(cues, "cue")} · version ${version}${sure}`;
}

function acts(page, asset, track, name, {open, isOpen}) {
  const path = `${page.path}/captions/${track.track}`;
  const button = (text, act, kind = "") => once(text, () => attempt(async () => act()), {class: kind, "aria-label": `${text}: ${name}`});
  const change = async (changes, done) => {
    await ask("PATCH", path, changes);
    say(done);
    await page.look();
  };
  const download = async () => {
    const answer = await fetch(await opened(asset, track.url));
    if (!answer.ok) throw new Error(`The file could not be read (${answer.status}); try again.`);
    save(`${(asset.title || asset.name).replace(/\.\w+$/, "")}.${track.language}.vtt`, await answer.blob(), "text/vtt");
  };
  return [
    track.cues > 0 && h("button", {type: "button", "aria-expanded": String(isOpen), "aria-label": `Text: ${name}`, onclick: () => open(track)}, "Text"),
    track.cues > 0 && button("Download", download),
    ...page.mayWrite ? [
      track.cues > 0 && (track.default
        ? button("Not default", () => change({default: false}, `${name} is shown only to who chooses it.`))
        : button("Make default", () => change({default: true}, `${name} is shown unless somebody chooses otherwise.`))),
      button("Describe…", () => describe(track, change)),
      button("Delete…", () => remove(page, path, name), "danger"),
    ] : [],
  ];
}

function describe(track, change) {
  return dialog("Describe the track", [
    languageField(track.language), field("Name", {name: "name", value: track.name, maxlength: 100}, "What people read in the player's menu; empty: the language."),
    tick("Tells sounds, too, for those who do not hear", {name: "sdh", checked: track.sdh}),
    tick("Only what has to be read in any case, such as signs", {name: "forced", checked: track.forced}),
  ], "Save", given => change({
    language: given.get("language"), name: given.get("name").trim(), sdh: given.has("sdh"), forced: given.has("forced"),
  }, "Saved."));
}

function remove(page, path, name) {
  return dialog(`Delete ${name}?`, [h("p", {}, "Players and the search lose it. Download it first if you may want it back.")], "Delete", async () => {
    await ask("DELETE", path);
    say(`${name} is deleted.`);
    await page.look();
  });
}
