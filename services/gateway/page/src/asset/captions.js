// The text tracks of an asset: what there is, what could not be made, and all that can be done about it.

import {addFile, transcribe} from "../captions/adding.js";
import {draftName, hasDraft} from "../captions/drafts.js";
import {CueEditor} from "../captions/editor.js";
import {trackLine} from "../captions/track.js";
import {fill, h, refill} from "../dom.js";
import {once} from "./panel.js";

/** @param {import("./panel.js").Page} page */
export function captions(page) {
  const list = h("ul", {class: "tracks"});
  const acts = h("div", {class: "row"});
  const editor = new CueEditor(page, () => draw());
  const element = h("section", {class: "panel", "aria-label": "Captions", hidden: true}, h("h2", {}, "Captions"), list, acts, editor.element);
  /** Tracks that are being written down because somebody here asked: the gateway tells nobody else. @type {Map<string, any>} */
  const making = new Map();
  let asset = null, drawn = "";

  const open = track => {
    if (editor.track?.track === track.track) editor.close();
    else editor.open(track);
    draw();
  };
  const asked = answer => {
    if (answer.state === "making") making.set(answer.track, answer);
    draw();
    page.look();
  };

  function draw() {
    const own = asset.captions.filter(track => !making.has(track.track)), all = [...own, ...making.values()];
    const sign = JSON.stringify([all, all.map(track => hasDraft(draftName(page, track.track))), editor.track?.track, canHear(asset)]);
    if (sign === drawn) return;
    drawn = sign;
    refill(list, all.length ? all.map(track => trackLine(page, asset, track, {open, isOpen: editor.track?.track === track.track}))
      : h("li", {class: "hint"}, "There are none yet."));
    if (!page.mayWrite) return;
    refill(acts, once("Add a file…", () => addFile(page).then(one => one && asked(one))),
      canHear(asset) && once("Write down what is said…", () => transcribe(page, asset).then(one => one && asked(one))));
  }

  return {
    element,
    show(now) {
      asset = now;
      element.hidden = asset.state === "deleted" || !asset.original;
      if (element.hidden) return fill(list);
      draw();
      if (editor.track) editor.show(asset.captions.find(one => one.track === editor.track.track));
      if (page.wanted) {
        const track = asset.captions.find(one => one.track === page.wanted);
        page.wanted = "";
        if (track?.cues) open(track);
      }
    },
    hear({type, data}) {
      if (/^captions\.(made|refused)$/.test(type)) making.delete(data.track);
    },
    at: seconds => editor.at(seconds),
  };
}

/** Only what is said beside a picture is written down. */
function canHear({probe}) {
  return Boolean(probe?.audio.length && probe.video.length);
}
