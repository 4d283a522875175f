// Text tracks that are to be: from a file, or from what is said.

import {ask} from "../api.js";
import {dialog, field, tick} from "../dialog.js";
import {h, say} from "../dom.js";
import {bytes, count, languageName} from "../format.js";
import {languageField} from "./languages.js";

const MOST_BYTES = 2 << 20;

/** Ask for a WebVTT or SubRip file and add it. @param {import("../asset/panel.js").Page} page @returns {Promise<any>} its document, null when it is cancelled */
export function addFile(page) {
  const language = languageField("");
  const file = h("input", {type: "file", name: "file", required: true, accept: ".vtt,.srt,text/vtt,application/x-subrip", onchange: () => {
    // Many are named as film.de.srt.
    const [, tag] = file.files[0]?.name.match(/\.([a-z]{2,3}(?:-[a-z]+)?)\.\w+$/i) ?? [], input = language.querySelector("input");
    if (tag && !input.value) input.value = tag;
  }});
  return dialog("Add a text track", [
    field("File", file, `WebVTT or SubRip, up to ${bytes(MOST_BYTES)}`),
    language, field("Name", {name: "name", maxlength: 100}, "What people read in the player's menu; empty: the language."),
    tick("Shown unless somebody chooses otherwise", {name: "default"}),
    tick("Tells sounds, too, for those who do not hear", {name: "sdh"}),
    tick("Only what has to be read in any case, such as signs", {name: "forced"}),
  ], "Add", async given => {
    const text = await textOf(given.get("file"));
    const added = await ask("POST", `${page.path}/captions`, {
      text, language: given.get("language"), name: given.get("name").trim(),
      default: given.has("default"), sdh: given.has("sdh"), forced: given.has("forced"),
    });
    say("The track is added. Players show it in a moment.");
    return added;
  });
}

/** Ask in which language, and have what is said written down. @param {import("../asset/panel.js").Page} page @param {any} asset @returns {Promise<any>} as `addFile` */
export function transcribe(page, asset) {
  const isHeard = asset.captions.some(track => /^speech-\d+$/.test(track.track) && track.version);
  const streams = asset.probe.audio.map(({language, channels}, index) => h("option", {value: index + 1},
    [`${index + 1}`, language && languageName(language), count(channels, "channel")].filter(Boolean).join(" · ")));
  return dialog("Write down what is said", [
    languageField("", {isOptional: true, hint: "The one that is spoken; empty: it is found out."}),
    field("Names and terms", {name: "hotwords", maxlength: 500}, "That are likely to be said, with commas between."),
    streams.length > 1 && field("Sound track", h("select", {name: "stream"}, h("option", {value: ""}, "What plays by default"), streams)),
    tick("Translated into English, as a track of its own", {name: "translate"}),
    isHeard && h("p", {class: "trouble"}, "Unless it is translated, it takes the place of what was heard there before, with all corrections. Download that first if you may want it back."),
  ], "Write it down", async given => {
    const wanted = {language: given.get("language") || null, translate: given.has("translate"), stream: Number(given.get("stream")) || null, hotwords: given.get("hotwords").trim()};
    const track = await ask("POST", `${page.path}/captions`, {transcribe: wanted});
    say("It is written down as soon as there is room.");
    return track;
  });
}

/** @param {File} file @throws {Error} what is wrong with it */
async function textOf(file) {
  if (file.size > MOST_BYTES) throw new Error(`The file has ${bytes(file.size)}; a text track has at most ${bytes(MOST_BYTES)}.`);
  try {
    return new TextDecoder("utf-8", {fatal: true}).decode(await file.arrayBuffer());
  } catch {
    throw new Error("The file is not UTF-8; save it as UTF-8 and choose it again.");
  }
}
