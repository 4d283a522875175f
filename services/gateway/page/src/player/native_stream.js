// What the browser plays by itself; it chooses rungs as it likes.
//
// Not every browser goes on reading the playlists of an asset that is being made: some end or stand still where the asset
// ended when they read them, some refuse it until it is whole. What has grown since is then opened again.

import {pause} from "../dom.js";
import {trackLabel, wished} from "./labels.js";
import {readExtent} from "./playlist.js";
import {NETWORK, NOT_YET, UNPLAYABLE} from "./trouble.js";

const AUTO = -1;
const LOOK_EVERY_MS = 3000;
const MORE_S = 0.5;
const LOST_S = 1;

/** @typedef {import("./stream.js").Track} Track */

export class NativeStream extends EventTarget {
  #video; #url; #wishes; #at;
  #left = new AbortController();
  /** How far the asset went when it was opened last; null until that is known. */
  #opened = null;
  #isLooking = false;
  #refusesGrowing = false;
  #stoodAt = -1;
  #triedWhole = false;

  constructor(video, url, at, wishes) {
    super();
    this.#video = video;
    this.#url = url;
    this.#at = at;
    this.#wishes = wishes;
    this.isGrowing = false;
    this.qualities = [];
    this.quality = AUTO;
    const heard = {signal: this.#left.signal};
    video.addEventListener("error", () => this.#stumble(), heard);
    for (const type of ["ended", "waiting"]) video.addEventListener(type, () => this.#look(), heard);
    video.addEventListener("resize", () => this.#say("shown"), heard);
    for (const tracks of [video.audioTracks, video.textTracks]) {
      tracks?.addEventListener("addtrack", () => this.#takeTracks(), heard);
    }
    // Without its hour of birth a playlist of the store is read across origins.
    video.crossOrigin = "anonymous";
    this.#open();
    this.#look();
  }

  close() {
    this.#left.abort();
    this.#video.removeAttribute("src");
    this.#video.load();
  }

  get shown() {
    const side = Math.min(this.#video.videoWidth, this.#video.videoHeight);
    return side ? `${side}p` : "";
  }

  /** @returns {Track[]} */
  get audioTracks() {
    return [...this.#video.audioTracks ?? []].map(trackOf);
  }

  get audioTrack() {
    return [...this.#video.audioTracks ?? []].findIndex(track => track.enabled);
  }

  set audioTrack(id) {
    [...this.#video.audioTracks ?? []].forEach((track, index) => (track.enabled = index === id));
    this.#say("shown");
  }

  /** @returns {Track[]} */
  get textTracks() {
    return [...this.#video.textTracks].map(trackOf);
  }

  get textTrack() {
    return [...this.#video.textTracks].findIndex(track => track.mode === "showing");
  }

  set textTrack(id) {
    [...this.#video.textTracks].forEach((track, index) => (track.mode = index === id ? "showing" : "disabled"));
    this.#say("shown");
  }

  /** There is more of it by now: see whether the browser has noticed. */
  async renew() {
    await this.#look();
  }

  #open() {
    this.#video.src = this.#at > 0 ? `${this.#url}#t=${this.#at}` : this.#url;
  }

  /** Follow how far the asset goes, as long as it grows. */
  async #look() {
    if (this.#isLooking) return;
    this.#isLooking = true;
    const {signal} = this.#left;
    do {
      const extent = await readExtent(this.#url, signal).catch(() => null);
      if (signal.aborted) return;
      if (extent) this.#follow(extent);
      else if (this.#video.error) this.#tell();
      if (this.isGrowing) await pause(LOOK_EVERY_MS, signal);
    } while (this.isGrowing && !signal.aborted);
    this.#isLooking = false;
  }

  #follow(extent) {
    const video = this.#video, opened = this.#opened ??= extent;
    if (this.isGrowing === extent.isDone) {
      this.isGrowing = !extent.isDone;
      this.#say("change");
    }
    const isMore = extent.isDone ? !opened.isDone : extent.seconds > opened.seconds + MORE_S && !this.#refusesGrowing;
    const hasEnded = video.error || video.ended && video.currentTime + LOST_S < extent.seconds;
    if (hasEnded && (isMore || extent.isDone && !this.#triedWhole) || isMore && this.#stands()) this.#openAgain(extent);
    else if (video.error) this.#tell();
  }

  /** Say whether the picture stands where it stood when somebody looked before. */
  #stands() {
    const {paused, currentTime, readyState} = this.#video, before = this.#stoodAt;
    this.#stoodAt = currentTime;
    return !paused && currentTime === before && readyState < HTMLMediaElement.HAVE_FUTURE_DATA;
  }

  /** Each time it has grown, and when it is whole: never the same again and again. */
  #openAgain(extent) {
    const {ended, currentTime} = this.#video;
    this.#opened = extent;
    this.#triedWhole = extent.isDone;
    this.#at = currentTime || this.#at;
    this.#open();
    if (ended) this.#video.play().catch(() => {});
  }

  #takeTracks() {
    const audio = wished(this.audioTracks, this.#wishes.audio), text = wished(this.textTracks, this.#wishes.text);
    if (audio >= 0 && audio !== this.audioTrack) this.audioTrack = audio;
    if (this.#wishes.text?.isOff) this.textTrack = -1;
    else if (text >= 0 && text !== this.textTrack) this.textTrack = text;
    this.#say("change");
  }

  #stumble() {
    this.#refusesGrowing ||= this.#video.readyState === 0 && this.#video.currentTime === 0;
    this.#look();
  }

  #tell() {
    const isNetwork = this.#video.error.code === MediaError.MEDIA_ERR_NETWORK;
    this.#say("trouble", this.isGrowing ? NOT_YET : isNetwork ? NETWORK : UNPLAYABLE);
  }

  #say(type, detail = null) {
    this.dispatchEvent(new CustomEvent(type, {detail}));
  }
}

/** @returns {Track} */
function trackOf({label, language}, id) {
  return {id, label: trackLabel(label, language), name: label, language};
}
