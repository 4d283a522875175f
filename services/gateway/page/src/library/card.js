// An asset as the library shows it: its picture, what it is, how far it is.

import {fill, h, icon, refill, set} from "../dom.js";
import {matchList} from "./matches.js";
import {STATES, ago, clock, moment, percent} from "../format.js";
import {previewOf} from "./preview.js";
import {playbackOf} from "../playback.js";

export class AssetCard {
  #shown = "";

  /** @param {any} asset @param {((isChosen: boolean) => void) | null} chosen hears when it is selected or not any more; null: it cannot be */
  constructor(asset, chosen) {
    this.asset = asset;
    this.playback = asset.playback;
    this.check = h("input", {type: "checkbox", onchange: event => chosen?.(event.target.checked)});
    this.picture = h("div", {class: "card-picture"});
    this.link = h("a", {class: "card-title"});
    this.facts = h("p", {class: "card-facts"});
    this.bar = h("progress", {max: 1});
    this.trouble = h("p", {class: "card-trouble"});
    this.matches = h("ul", {class: "card-matches", "aria-label": "Where it is said"});
    this.element = h(
      "li", {class: "card"}, this.picture, chosen && h("label", {class: "card-check"}, this.check),
      h("div", {class: "card-text"}, h("h3", {}, this.link), this.facts, this.bar, this.trouble, this.matches));
    previewOf(this.element, this.picture, () => this.playback);
    this.update(asset);
    this.tellMatches([], "");
  }

  /** Show what the asset has become. @param {any} asset */
  update(asset) {
    this.asset = asset;
    const title = asset.title || asset.name;
    set(this.element, {"data-asset": asset.asset_id, "data-state": asset.state});
    set(this.link, {href: `/assets/${asset.asset_id}`, title});
    fill(this.link, title);
    set(this.check, {"aria-label": `Select ${title}`});
    refill(
      this.facts, h("span", {class: `state ${asset.state}`}, STATES[asset.state]),
      h("time", {datetime: asset.created_at, title: moment(asset.created_at)}, ago(asset.created_at)),
      asset.tags.map(tag => h("a", {class: "tag", href: `/?tag=${encodeURIComponent(tag)}`}, tag)));
    const isMade = ["processing", "playable"].includes(asset.state);
    this.bar.hidden = !isMade;
    this.bar.value = asset.progress;
    set(this.bar, {"aria-label": `${title}: ${percent(asset.progress)} done`});
    fill(this.trouble, asset.state === "failed" && asset.last_error?.message);
    this.#draw(asset);
  }

  /** Show where words are said. @param {any[]} matches @param {string} wanted what was searched for */
  tellMatches(matches, wanted) {
    this.matches.hidden = matches.length === 0;
    fill(this.matches, matchList(this.asset.asset_id, matches, wanted));
  }

  async #draw(asset) {
    const looks = JSON.stringify([asset.playback.poster, asset.playback.storyboard, asset.state, asset.duration_s]);
    if (looks === this.#shown) return;
    this.#shown = looks;
    const mark = asset.state === "failed" ? "bad" : asset.kind === "audio" ? "sound" : asset.state === "ready" ? "play" : "wait";
    const rest = asset.duration_s ? h("span", {class: "card-length"}, clock(asset.duration_s)) : null;
    if (!this.poster) fill(this.picture, icon(mark), rest);
    try {
      this.playback = await playbackOf(asset);
    } catch {
      fill(this.picture, icon("lock"), rest);
      return;
    }
    if (!this.playback.poster || looks !== this.#shown) return;
    this.poster ??= h("img", {alt: "", decoding: "async", loading: "lazy"});
    if (this.poster.src !== this.playback.poster) this.poster.src = this.playback.poster;
    fill(this.picture, this.poster, rest);
  }
}
