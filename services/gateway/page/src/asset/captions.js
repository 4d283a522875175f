// The text tracks of an asset: what there is, what could not be made, and all that can be done about it.

import {addFile, transcribe} from "../captions/adding.js";
import {draftName, hasDraft, writtenTracks} from "../captions/drafts.js";
import {CueEditor} from "../captions/editor.js";
import {orphanLine} from "../captions/orphan.js";
import {trackLine} from "../captions/track.js";
import {h, refill} from "../dom.js";
import {once} from "./panel.js";

/** @param {import("./panel.js").Page} page */
export function captions(page) {
  const list = h("ul", {class: "tracks"});
  const acts = h("div", {class: "row"});
  const editor = new CueEditor(page, () => draw());
  const element = h("section", {class: "panel", "aria-label": "Captions", hidden: true}, h("h2", {}, "Captions"), list, acts, editor.element);
  /** The versions that somebody asked for and that are not there yet, by track; the log tells of them. @type {Map<string, any>} */
  const awaited = new Map();
  let asset = null, drawn = "";

  const open = track => {
    if (editor.track?.track === track.track) editor.close();
    else editor.open(track);
    draw();
  };
  const added = one => one && page.look();

  function draw() {
    const own = new Set(asset.captions.map(track => track.track));
    const all = [...asset.captions, ...[...awaited.values()].filter(({track}) => !own.has(track)).map(coming)];
    const orphans = page.mayWrite ? writtenTracks(page).filter(track => !own.has(track) && editor.track?.track !== track) : [];
    const sign = JSON.stringify([all, orphans, [...awaited.keys()], all.map(track => hasDraft(draftName(page, track.track))), editor.track?.track, canHear(asset)]);
    if (sign === drawn) return;
    drawn = sign;
    const line = track => trackLine(page, asset, track, {open, isOpen: editor.track?.track === track.track, isAwaited: awaited.has(track.track)});
    refill(list, all.length ? all.map(line) : h("li", {class: "hint"}, "There are none yet."), orphans.map(track => orphanLine(page, track, draw)));
    if (!page.mayWrite) return;
    refill(acts, once("Add a file…", () => addFile(page).then(added)),
      canHear(asset) && once("Write down what is said…", () => transcribe(page, asset).then(added)));
  }

  return {
    element,
    show(now) {
      asset = now;
      element.hidden = asset.state === "deleted" || !asset.original;
      if (element.hidden) return;
      draw();
      if (editor.track) editor.show(asset.captions.find(one => one.track === editor.track.track));
      if (page.wanted) {
        const track = asset.captions.find(one => one.track === page.wanted);
        page.wanted = "";
        if (track?.cues) open(track);
      }
    },
    hear({type, data}) {
      if (type === "captions.asked") awaited.set(data.track, data);
      else if (type.startsWith("captions.") && data.version >= awaited.get(data.track)?.version) awaited.delete(data.track);
      else return;
      if (!element.hidden) draw();
    },
    at: seconds => editor.at(seconds),
  };
}

/** Only what is said beside a picture is written down. */
function canHear({probe}) {
  return Boolean(probe?.audio.length && probe.video.length);
}

/** A track that is being made for the first time. */
function coming({track, language}) {
  return {track, language: language || "und", name: "", state: "making", version: 0, cues: 0, message: "", default: false, forced: false, sdh: false};
}
