// <headrace-player>: plays an asset.

import {fill, h, set, View} from "../dom.js";
import {readStoryboard} from "../storyboard.js";
import {Controls} from "./controls.js";
import {hearKeys} from "./keys.js";
import {wished} from "./labels.js";
import {rememberedPosition, rememberedTrack, rememberPosition, rememberTrack} from "./memory.js";
import {open} from "./stream.js";
import {watermark} from "./watermark.js";

const CALM_MS = 2500;

/**
 * Plays the playlist `src`. Other attributes: `poster`, `storyboard`, `length` (seconds, of what is still growing),
 * `label` (its name), `remember` (under which name its position is kept), `autoplay`, `muted`, those of `watermark`.
 */
export class HeadracePlayer extends View {
  static observedAttributes = ["src", "poster", "storyboard", "length"];

  show(leaving) {
    const label = this.getAttribute("label") || "Video";
    set(this, {role: "region", "aria-label": `Player: ${label}`});
    this.video = h("video", {playsinline: true, preload: "metadata", tabindex: "-1", "aria-label": label});
    this.video.muted = this.hasAttribute("muted");
    this.trouble = h("div", {class: "hp-trouble", role: "alert", hidden: true});
    const {big, bar} = this.controls = new Controls(this, label);
    fill(this, this.video, watermark(this), h("span", {class: "hp-spinner", "aria-hidden": "true"}), big, this.trouble, bar);
    this.wishes = {audio: rememberedTrack("audio"), text: rememberedTrack("text")};
    this.isWanted = false;
    this.#hear(leaving);
    this.controls.showSpeed(this.video);
    for (const name of HeadracePlayer.observedAttributes) this.#take(name);
    leaving.addEventListener("abort", () => this.#leave());
  }

  attributeChangedCallback(name, before, now) {
    if (this.video && this.isConnected && before !== now) this.#take(name);
  }

  toggle() {
    if (this.video.paused) this.play();
    else this.video.pause();
  }

  /**
   * Play; a browser that wants a gesture first is left as it is. What is asked too early is not forgotten: a browser
   * that is given something to play ceases, without a word, to play what was there before.
   */
  play() {
    this.isWanted = true;
    return this.video.play().catch(error => (this.isWanted &&= error.name !== "NotAllowedError"));
  }

  /** Go to a time, as far as the asset has been made. @param {number} at seconds */
  seek(at) {
    const {seekable} = this.video;
    const last = seekable.length ? seekable.end(seekable.length - 1) : this.length;
    this.video.currentTime = Math.max(0, Math.min(at, last));
    this.#tick();
  }

  mute() {
    this.video.muted = !this.video.muted;
  }

  /** @param {number} wanted 0 to 1, or beyond */
  loudness(wanted) {
    this.video.volume = Math.min(1, Math.max(0, wanted));
    this.video.muted = this.video.volume === 0;
  }

  /** Fill the screen, or cease to. */
  wide() {
    if (document.fullscreenElement) document.exitFullscreen();
    else if (this.requestFullscreen) this.requestFullscreen().catch(() => {});
    else /** @type {any} */ (this.video).webkitEnterFullscreen();
  }

  /** Show the picture in a window of its own, or cease to. */
  inset() {
    if (document.pictureInPictureElement) document.exitPictureInPicture();
    else this.video.requestPictureInPicture().catch(() => {});
  }

  /** @param {"quality" | "audioTrack" | "textTrack"} what @param {number} id */
  choose(what, id) {
    this.stream[what] = id;
    this.#showChoices();
  }

  /** Choose a track, and take the like of it with whatever is played later. @param {"audio" | "text"} kind */
  chooseTrack(kind, id) {
    const tracks = this.stream[`${kind}Tracks`], before = tracks[this.stream[`${kind}Track`]];
    const {name, language} = tracks[id] ?? before ?? {name: "", language: ""};
    this.wishes[kind] = {name, language, isOff: id < 0};
    rememberTrack(kind, this.wishes[kind]);
    this.choose(`${kind}Track`, id);
  }

  /** What begins anew is set to the browser's usual speed unless that is changed too. */
  pace(rate) {
    this.video.defaultPlaybackRate = this.video.playbackRate = rate;
  }

  /** Show the captions that were shown last or come first, or none. */
  captions() {
    const {stream} = this;
    if (!stream?.textTracks.length) return;
    const last = Math.max(0, wished(stream.textTracks, this.wishes.text));
    this.chooseTrack("text", stream.textTrack < 0 ? last : -1);
  }

  /** Look whether there are more rungs or tracks by now. */
  renew() {
    return this.stream?.renew();
  }

  /** Seconds that the whole asset lasts, also while it is being made. */
  get length() {
    const {duration} = this.video, stated = Number(this.getAttribute("length")) || 0;
    return Math.max(stated, Number.isFinite(duration) ? duration : 0);
  }

  #take(name) {
    const value = this.getAttribute(name);
    if (name === "src") this.#open(value, rememberedPosition(this.getAttribute("remember")));
    if (name === "poster") set(this.video, {poster: value});
    if (name === "length") this.#tick();
    if (name === "storyboard" && value) {
      readStoryboard(value, this.left.signal).then(tiles => this.controls.seekbar.picture(tiles), () => {});
    }
  }

  async #open(url, at) {
    this.stream?.close();
    this.stream = null;
    this.trouble.hidden = true;
    if (!url) return;
    const stream = await open(this.video, url, at, this.wishes);
    if (this.left.signal.aborted || this.getAttribute("src") !== url) return stream.close();
    this.stream = stream;
    stream.addEventListener("change", () => this.#showChoices());
    stream.addEventListener("shown", () => this.#showChoices());
    stream.addEventListener("trouble", event => this.#stumble(event.detail));
    this.#showChoices();
    if (this.hasAttribute("autoplay")) this.play();
  }

  #leave() {
    this.#remember();
    this.stream?.close();
    this.stream = null;
  }

  #hear(leaving) {
    const {video} = this, once = {signal: leaving};
    const hear = (types, act) => types.split(" ").forEach(type => video.addEventListener(type, act, once));
    hear("play", () => (this.isWanted = true));
    hear("pause", () => (this.isWanted &&= Boolean(video.error || video.ended && this.stream?.isGrowing)));
    hear("loadedmetadata", () => this.#resume());
    hear("loadedmetadata playing", () => (this.trouble.hidden = true));
    hear("timeupdate durationchange progress seeking seeked", () => this.#tick());
    hear("play pause ended waiting playing seeking seeked canplay", () => this.#showState());
    hear("pause seeked", () => this.#remember());
    hear("volumechange", () => this.controls.showVolume(video));
    hear("ratechange", () => this.controls.showSpeed(video));
    hear("click", event => event.pointerType !== "touch" && this.toggle());
    hear("dblclick", () => this.wide());
    window.addEventListener("pagehide", () => this.#remember(), once);
    window.addEventListener("online", () => !this.trouble.hidden && this.#again(), once);
    document.addEventListener("fullscreenchange", () => this.controls.showWide(document.fullscreenElement === this), once);
    for (const type of ["pointermove", "pointerdown", "focusin", "keydown"]) {
      this.addEventListener(type, () => this.#stir(), once);
    }
    hearKeys(this, {
      toggle: () => this.toggle(),
      skip: seconds => this.seek(video.currentTime + seconds),
      jump: share => this.seek(share * this.length),
      louder: more => this.loudness(video.volume + more),
      mute: () => this.mute(),
      wide: () => this.wide(),
      captions: () => this.captions(),
    }, leaving);
  }

  /** When a picture is there again for somebody who wants to see it: browsers pause what they load anew. */
  #resume() {
    if (this.isWanted && this.video.paused) this.play();
  }

  #showChoices() {
    if (!this.stream) return;
    this.controls.showChoices(this.stream);
    set(this, {"data-quality": this.stream.shown, "data-growing": this.stream.isGrowing});
  }

  #showState() {
    const {paused, ended, readyState, seeking} = this.video;
    this.controls.showState(this.video);
    this.classList.toggle("waiting", (!paused || seeking) && readyState < HTMLMediaElement.HAVE_FUTURE_DATA && !ended);
    this.classList.toggle("paused", paused);
    this.#stir();
  }

  #tick() {
    this.controls.showTime(this.video, this.length);
    if (Math.abs(this.video.currentTime - (this.keptAt ?? 0)) > 5) this.#remember();
  }

  #remember() {
    this.keptAt = this.video.currentTime;
    if (this.video.readyState) rememberPosition(this.getAttribute("remember"), this.keptAt, this.length);
  }

  #stumble({message, passes}) {
    fill(this.trouble, h("p", {}, message), passes && h("button", {type: "button", onclick: () => this.#again()}, "Try again"));
    this.trouble.hidden = false;
    this.controls.big.hidden = true;
    this.classList.remove("waiting");
  }

  #again() {
    const at = this.video.currentTime;
    this.#open(this.getAttribute("src"), at).then(() => this.play());
  }

  /** Show the controls; they go when nothing stirs while it plays. */
  #stir() {
    this.classList.remove("calm");
    clearTimeout(this.calming);
    this.calming = setTimeout(() => !this.video.paused && !this.controls.isOpen && this.classList.add("calm"), CALM_MS);
  }
}

customElements.define("headrace-player", HeadracePlayer);
