// What happened to the asset, as the log has it: what ran, how long it took, and where.

import {h, set} from "../dom.js";
import {lasting, moment} from "../format.js";
import {table} from "../table.js";

const WORDS = {
  "asset.awaited": "A file was announced",
  "asset.ingested": "The file arrived",
  "asset.probed": "It was looked at",
  "asset.planned": "It was decided what to make",
  "complexity.measured": "It was measured what it takes",
  "chunk.encoded": "A part was encoded",
  "asset.playable": "It can be played",
  "asset.packaged": "All playlists are complete",
  "thumbnail.made": "Poster and storyboard were made",
  "asset.ready": "It is ready",
  "quality.measured": "The quality was measured",
  "asset.failed": "It failed",
  "copy.refused": "Its own pictures cannot be delivered",
  "output.refused": "The last look found something wrong",
  "asset.described": "It was described",
  "asset.retried": "It is done again",
  "asset.deleted": "It was moved to the trash",
  "asset.restored": "It was restored",
  "poster.chosen": "A poster was chosen",
  "poster.made": "The poster was made",
  "poster.refused": "The poster cannot be made",
  "download.made": "A download was made",
  "download.failed": "A download cannot be made",
  "captions.asked": "Captions were asked for",
  "captions.made": "Captions were made",
  "captions.removed": "Captions were removed",
  "captions.refused": "Captions cannot be made",
  "version.chosen": "Another version is played",
};
const DETAILS = ["part", "name", "step", "rung", "track", "title", "message"];
const FIRST_SHOWN = 12;

export function history() {
  const rows = table("What happened", ["After", "What", "Took", "Service", "Worker"]);
  const more = h("button", {type: "button", hidden: true, onclick: () => showAll()}, "Show all");
  const element = h("section", {class: "panel", "aria-label": "Timeline"}, h("h2", {}, "Timeline"), rows.element, more);
  const events = [];
  let isAll = false;

  const draw = () => {
    const shown = isAll ? events : events.slice(-FIRST_SHOWN);
    set(more, {hidden: shown.length === events.length});
    more.textContent = `Show all ${events.length}`;
    rows.show(shown.map(event => row(event, events[0])));
  };
  const showAll = () => {
    isAll = true;
    draw();
  };
  return {
    element,
    hear(event) {
      events.push(event);
      draw();
    },
  };
}

function row(event, first) {
  const {type, at, data, service, worker, took_s: took} = event;
  const detail = DETAILS.map(name => data[name]).filter(Boolean).join(" · ");
  return h("tr", {class: /failed|refused/.test(type) && "bad"},
    h("td", {title: moment(at)}, lasting((Date.parse(at) - Date.parse(first.at)) / 1000)),
    h("th", {scope: "row", class: "words"}, WORDS[type] ?? type, detail && h("span", {class: "hint"}, ` ${detail}`)),
    h("td", {}, took ? lasting(took) : ""), h("td", {}, service ?? ""), h("td", {}, worker ?? ""));
}
