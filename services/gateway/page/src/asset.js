// One asset: its player as soon as there is something to play, what it is, how it was made, and what can be done to it.

import {ask} from "./api.js";
import {danger} from "./asset/danger.js";
import {description} from "./asset/description.js";
import {downloads} from "./asset/downloads.js";
import {failures} from "./asset/failures.js";
import {history} from "./asset/history.js";
import {original} from "./asset/original.js";
import {poster} from "./asset/poster.js";
import {renditions} from "./asset/renditions.js";
import {sharing} from "./asset/sharing.js";
import {versions} from "./asset/versions.js";
import {attempt, fill, h, pause, set, View} from "./dom.js";
import {listen} from "./events.js";
import {clock, percent} from "./format.js";
import {playbackOf, watermarkOf} from "./playback.js";
import "./player/player.js";
import {markedWith} from "./player/watermark.js";

/** Events often come many at once, and the catalog hears of them a moment later. */
const GATHER_MS = 150;

/**
 * A panel shows one side of an asset: `show` is given each newer document, `hear` each event of the log.
 *
 * @typedef {Object} Panel
 * @property {HTMLElement} element
 * @property {(asset: any) => void} [show]
 * @property {(event: import("./events.js").Happening) => void} [hear]
 */

class Asset extends View {
  #gathering = false;

  async show(leaving) {
    this.id_ = this.getAttribute("asset-id");
    this.path = `/v1/assets/${this.id_}`;
    const asset = await attempt(() => this.#read());
    if (leaving.aborted) return;
    if (!asset) return fill(this, h("p", {class: "empty"}, "There is no such asset. ", h("a", {href: "/"}, "To the library")));
    this.#build();
    this.#present(asset);
    listen({path: `${this.path}/events`, signal: leaving, heard: event => this.#heard(event)});
  }

  #build() {
    const panel = {path: this.path, look: () => this.#look(), seek: at => this.player.seek(at), signal: this.left.signal};
    this.name = h("h1", {});
    this.status = h("p", {class: "asset-status"});
    this.progress = h("progress", {max: 1, "aria-label": "Progress", hidden: true});
    this.stage = h("div", {class: "asset-stage"}, h("p", {class: "asset-waiting"}, "It plays as soon as its first seconds are made."));
    const made = [failures, description, sharing, downloads, renditions, versions, original, history, poster, danger];
    const built = made.map(make => make(panel));
    this.panels = built;
    const [failed, described, shared, saved, rungs, older, file, log, picture, end] = built.map(one => one.element);
    fill(this, h("div", {class: "asset"},
      h("div", {class: "asset-main"}, h("div", {class: "asset-head"}, this.name, this.status, this.progress), failed, this.stage, rungs, log),
      h("div", {class: "asset-side"}, described, shared, picture, saved, older, file, end)));
  }

  #read() {
    return ask("GET", this.path, undefined, {signal: this.left.signal});
  }

  async #look() {
    const asset = await attempt(() => this.#read());
    if (asset && !this.left.signal.aborted) this.#present(asset);
  }

  #heard(event) {
    for (const panel of this.panels) panel.hear?.(event);
    if (MORE_TO_PLAY.test(event.type)) this.player?.renew();
    this.#soon();
  }

  async #soon() {
    if (this.#gathering) return;
    this.#gathering = true;
    await pause(GATHER_MS, this.left.signal);
    this.#gathering = false;
    if (!this.left.signal.aborted) await this.#look();
  }

  #present(asset) {
    const title = asset.title || asset.name;
    document.title = `${title} · Headrace`;
    this.name.textContent = title;
    const isBusy = ["waiting", "processing", "playable"].includes(asset.state);
    fill(this.status, h("span", {class: `state ${asset.state}`}, WORDS[asset.state] ?? asset.state),
      asset.duration_s !== null && h("span", {}, clock(asset.duration_s)),
      isBusy && asset.progress > 0 && h("span", {}, percent(asset.progress)),
      isBusy && asset.estimate?.ready_in_s && h("span", {}, `ready in about ${clock(asset.estimate.ready_in_s)}`),
      asset.tags.map(tag => h("span", {class: "asset-tag"}, tag)));
    set(this.progress, {hidden: !isBusy});
    this.progress.value = asset.progress;
    for (const panel of this.panels) panel.show?.(asset);
    attempt(() => this.#play(asset));
  }

  /** Have the player show what is played now; what plays already is not disturbed. */
  async #play(asset) {
    const {hls, poster, storyboard} = await playbackOf(asset);
    if (!hls || this.left.signal.aborted) {
      this.player?.remove();
      this.player = null;
      return;
    }
    const shown = {src: hls, poster, storyboard, length: asset.duration_s};
    if (this.player) {
      const isSame = withoutToken(this.player.getAttribute("src")) === withoutToken(hls);
      set(this.player, isSame ? {poster, storyboard, length: asset.duration_s} : shown);
      return;
    }
    // What is played matters more than what lies over it.
    const mark = await watermarkOf(asset).catch(() => null);
    if (this.player || this.left.signal.aborted) return;
    this.player = h(
      "headrace-player", {...shown, label: asset.title || asset.name, remember: asset.asset_id, ...markedWith(mark)});
    fill(this.stage, this.player);
  }
}

const MORE_TO_PLAY = /^(asset\.(packaged|ready)|captions\..*)$/;
const WORDS = {
  waiting: "Waiting for its file", processing: "Being made", playable: "Playable, being made", ready: "Ready",
  failed: "Failed", deleted: "In the trash",
};

function withoutToken(url) {
  return url.replace(/\/v1\/playback\/[^/]+/, "");
}

customElements.define("headrace-asset", Asset);
