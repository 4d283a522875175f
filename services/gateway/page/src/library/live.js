// Assets that change, looked up as events tell of them: one after the other, the same one never twice for one news.

import {ask} from "../api.js";
import {pause} from "../dom.js";

/** Events that change what a list shows. */
export const NEWS = [
  "asset.*", "chunk.encoded", "thumbnail.made", "poster.made", "version.chosen",
].join(",");

const BETWEEN_MS = 40;
const MOST_LOOKS = 8;

export class Lookups {
  #wanted = new Map();
  #isAtWork = false;

  /** @param {AbortSignal} signal @param {(id: string, asset: any | null) => void} found hears an asset, null when it is gone */
  constructor(signal, found) {
    this.signal = signal;
    this.found = found;
  }

  /** Look an asset up; the catalog may know what happened `at` a time only a moment later. @param {string} id @param {string} at */
  want(id, at) {
    this.#wanted.set(id, {at: Date.parse(at), looks: 0});
    if (!this.#isAtWork) this.#work();
  }

  async #work() {
    this.#isAtWork = true;
    while (this.#wanted.size && !this.signal.aborted) {
      const [[id, news]] = this.#wanted;
      this.#wanted.delete(id);
      await this.#look(id, news);
      await pause(BETWEEN_MS, this.signal);
    }
    this.#isAtWork = false;
  }

  async #look(id, {at, looks}) {
    let asset;
    try {
      asset = await ask("GET", `/v1/assets/${id}`, undefined, {signal: this.signal});
    } catch (error) {
      if (error.status !== 404 && error.status !== 429 && error.status !== 503) return;
      asset = null;
    }
    const isOld = asset === null || Date.parse(asset.updated_at) < at;
    if (isOld && looks + 1 < MOST_LOOKS) {
      await pause(50 * 2 ** looks, this.signal);
      if (!this.#wanted.has(id)) this.#wanted.set(id, {at, looks: looks + 1});
    } else this.found(id, asset);
  }
}
