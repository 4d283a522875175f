// One asset: its player as soon as there is something to play, what it is, how it was made, and what can be done to it.

import {ask} from "./api.js";
import {captions} from "./asset/captions.js";
import {chapters} from "./asset/chapters.js";
import {danger} from "./asset/danger.js";
import {description} from "./asset/description.js";
import {downloads} from "./asset/downloads.js";
import {failures} from "./asset/failures.js";
import {history} from "./asset/history.js";
import {original} from "./asset/original.js";
import {poster} from "./asset/poster.js";
import {renditions} from "./asset/renditions.js";
import {sharing} from "./asset/sharing.js";
import {Stage} from "./asset/stage.js";
import {versions} from "./asset/versions.js";
import {attempt, fill, h, pause, refill, set, View} from "./dom.js";
import {listen} from "./events.js";
import {STATES, clock, percent} from "./format.js";
import {who} from "./main.js";
import {may} from "./session.js";

/** Events often come many at once, and the catalog hears of them a moment later. */
const GATHER_MS = 150;
const MOST_LOOKS = 6;

/**
 * A panel shows one side of an asset: `show` is given each newer document, `hear` each event of the log, `at` the time
 * that the player has reached.
 *
 * @typedef {Object} Panel
 * @property {HTMLElement} element
 * @property {(asset: any) => void} [show]
 * @property {(event: import("./events.js").Happening) => void} [hear]
 * @property {(seconds: number) => void} [at]
 */

class Asset extends View {
  #gathering = false;
  #toldAt = 0;

  async show(leaving) {
    this.path = `/v1/assets/${this.getAttribute("asset-id")}`;
    const asset = await this.#read().catch(error => error);
    if (leaving.aborted) return;
    if (asset instanceof Error) {
      document.title = "Headrace";
      return fill(this, h("p", {class: "empty", role: "alert"}, `${asset.message} `, h("a", {href: "/"}, "To the library")));
    }
    this.#build(new URLSearchParams(location.search));
    this.#present(asset);
    listen({path: `${this.path}/events`, signal: leaving, heard: event => this.#heard(event)});
  }

  /** @param {URLSearchParams} wanted `t`: from which second; `track`: whose text */
  #build(wanted) {
    const viewer = who(), stage = this.stage = new Stage(this.left.signal, wanted.get("t"));
    const page = {
      path: this.path, look: () => this.#look(), seek: at => stage.seek(at), now: () => stage.now, signal: this.left.signal,
      mayWrite: may(viewer, "write"), owner: `${viewer.tenant}/${viewer.subject}`, wanted: wanted.get("track") ?? "",
    };
    this.name = h("h1", {});
    this.status = h("p", {class: "asset-status"});
    this.progress = h("progress", {max: 1, "aria-label": "Progress", hidden: true});
    const main = [captions, chapters, renditions, history].map(make => make(page));
    const side = [description, sharing, poster, downloads, versions, original, danger].map(make => make(page));
    const failed = failures(page);
    /** @type {Panel[]} */
    this.panels = [failed, ...main, ...side];
    fill(this, h("div", {class: "asset"},
      h("div", {class: "asset-main"}, h("div", {class: "asset-head"}, this.name, this.status, this.progress), failed.element,
        stage.element, main.map(one => one.element)),
      h("div", {class: "asset-side"}, side.map(one => one.element))));
    // Media events do not bubble.
    stage.element.addEventListener("timeupdate", () => this.panels.forEach(panel => panel.at?.(stage.now)), true);
  }

  #read() {
    return ask("GET", this.path, undefined, {signal: this.left.signal});
  }

  async #look() {
    const asset = await attempt(() => this.#read());
    if (asset && !this.left.signal.aborted) this.#present(asset);
    return asset;
  }

  #heard(event) {
    for (const panel of this.panels) panel.hear?.(event);
    if (/^asset\.(packaged|ready)$/.test(event.type)) this.stage.player?.renew();
    if (/^captions\.(made|removed)$/.test(event.type)) this.stage.renewText();
    this.#toldAt = Date.parse(event.at);
    this.#gather();
  }

  /** Look at the asset once for many events, until the catalog knows of the last of them. */
  async #gather() {
    if (this.#gathering) return;
    this.#gathering = true;
    for (let looks = 0; looks < MOST_LOOKS && !this.left.signal.aborted; looks++) {
      await pause(GATHER_MS * 2 ** looks, this.left.signal);
      const toldAt = this.#toldAt, asset = await this.#look();
      if (asset && Date.parse(asset.updated_at) >= toldAt && toldAt === this.#toldAt) break;
      if (toldAt !== this.#toldAt) looks = -1;
    }
    this.#gathering = false;
  }

  #present(asset) {
    const title = asset.title || asset.name;
    document.title = `${title} · Headrace`;
    this.name.textContent = title;
    const isBusy = ["waiting", "processing", "playable"].includes(asset.state);
    refill(this.status, h("span", {class: `state ${asset.state}`}, STATES[asset.state]),
      asset.duration_s !== null && h("span", {}, clock(asset.duration_s)),
      isBusy && asset.progress > 0 && h("span", {}, percent(asset.progress)),
      isBusy && asset.estimate?.ready_in_s && h("span", {}, `ready in about ${clock(asset.estimate.ready_in_s)}`),
      asset.tags.map(tag => h("a", {class: "tag", href: `/?tag=${encodeURIComponent(tag)}`}, tag)));
    set(this.progress, {hidden: !isBusy});
    this.progress.value = asset.progress;
    for (const panel of this.panels) panel.show?.(asset);
    attempt(() => this.stage.play(asset));
  }
}

customElements.define("headrace-asset", Asset);
