// The poster, chosen from the storyboard.

import {ask} from "../api.js";
import {attempt, fill, h, say} from "../dom.js";
import {clock} from "../format.js";
import {playbackOf} from "../playback.js";
import {readStoryboard, showTile} from "../storyboard.js";
import {panel} from "./panel.js";

const WIDTH = 96;
const MOST = 60;

/** @param {import("./panel.js").Page} page */
export function poster(page) {
  const choose = at => attempt(async () => {
    await ask("POST", `${page.path}/poster`, {at_s: at});
    say(`The picture at ${clock(at)} becomes the poster.`);
  });
  const part = ({state, playback}) => page.mayWrite && state === "ready" && playback.storyboard ? playback.storyboard : null;
  return panel("Poster", part, (_, asset) => {
    const grid = h("div", {class: "asset-tiles"});
    attempt(async () => {
      const {storyboard} = await playbackOf(asset);
      const tiles = await readStoryboard(storyboard, page.signal);
      const each = Math.ceil(tiles.length / MOST);
      fill(grid, tiles.filter((_, index) => index % each === 0).map(tile => {
        const picture = h("button", {type: "button", title: clock(tile.start), "aria-label": `Poster from ${clock(tile.start)}`, onclick: () => choose(tile.start)});
        showTile(picture, tile, WIDTH);
        return picture;
      }));
    });
    return [h("p", {class: "hint"}, "Choose the picture that stands for the video."), grid];
  });
}
