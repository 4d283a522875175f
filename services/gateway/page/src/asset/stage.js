// The player's place on an asset's page: it plays as soon as there is something to play, and shows what is new in it.

import {fill, h, pause, set} from "../dom.js";
import {playbackOf, watermarkOf} from "../playback.js";
import "../player/player.js";
import {markedWith} from "../player/watermark.js";

/** hls.js lays all pictures and texts later than they are, by how far pictures are reordered: two or three of them. */
const LATE_S = 0.1;
/** Nothing says when playlists name a text track that was changed: they are read again, ever less often. */
const LOOKS_MS = [300, 600, 1200, 2400, 4800, 9600, 19_200, 38_400, 76_800];

export class Stage {
  /** @type {any} */
  player = null;
  /** @type {Promise<any> | null} */
  marked = null;
  #renewing = new AbortController();

  /** @param {AbortSignal} leaving @param {string | null} from  the time at which it begins, if it is not where somebody stopped */
  constructor(leaving, from) {
    this.leaving = leaving;
    this.from = from === null ? null : Number(from) || 0;
    this.element = h("div", {class: "asset-stage"}, h("p", {class: "asset-waiting"}, "It plays as soon as its first seconds are made."));
    leaving.addEventListener("abort", () => this.#renewing.abort());
  }

  /** The time that is shown, in seconds. */
  get now() {
    return Math.max(0, (this.player?.video.currentTime ?? 0) - LATE_S);
  }

  /** Go to a time, and bring the player into view. @param {number} at seconds */
  seek(at) {
    this.player?.seek(at + LATE_S);
    if (this.element.getBoundingClientRect().bottom < 80) this.element.scrollIntoView({block: "start"});
  }

  /** Have the player show what is played now; what plays already is not disturbed. @param {any} asset */
  async play(asset) {
    const told = await playbackOf(asset).catch(error => error);
    if (this.leaving.aborted) return;
    if (told instanceof Error) {
      // Without a token; what plays already says itself what it lacks.
      if (!this.player) fill(this.element, h("p", {class: "asset-waiting nothing"}, told.message));
      return;
    }
    const {hls, poster, storyboard} = told;
    if (!hls) {
      const waits = asset.state === "waiting" || asset.state === "processing";
      const why = asset.state === "deleted" ? "It is in the trash, and does not play." : waits ? "It plays as soon as its first seconds are made." : "There is nothing to play.";
      this.player = null;
      fill(this.element, h("p", {class: `asset-waiting ${waits ? "" : "nothing"}`}, why));
      return;
    }
    // What is played matters more than what lies over it.
    const mark = await (this.marked ??= watermarkOf(asset).catch(() => null));
    if (this.leaving.aborted) return;
    const shown = {src: hls, poster, storyboard, length: asset.duration_s};
    if (this.player) {
      const isSame = withoutToken(this.player.getAttribute("src")) === withoutToken(hls);
      set(this.player, isSame ? {poster, storyboard, length: asset.duration_s} : shown);
      return;
    }
    const remember = this.from === null && asset.asset_id;
    this.player = h("headrace-player", {...shown, label: asset.title || asset.name, remember, ...markedWith(mark)});
    fill(this.element, this.player);
    if (this.from !== null) this.#begin(asset.asset_id);
  }

  /** Show text that was changed, as soon as playlists name it. */
  async renewText() {
    this.#renewing.abort();
    const {signal} = this.#renewing = new AbortController();
    for (const wait of LOOKS_MS) {
      await pause(wait, signal);
      if (signal.aborted || this.leaving.aborted) return;
      await this.player?.renew();
    }
  }

  /** Begin where the address says, not where somebody stopped. */
  #begin(name) {
    const {player, from} = this;
    player.video.addEventListener("loadedmetadata", () => {
      player.seek(from + LATE_S);
      set(player, {remember: name});
    }, {once: true, signal: this.leaving});
  }
}

function withoutToken(url) {
  return url.replace(/\/v1\/playback\/[^/]+/, "");
}
