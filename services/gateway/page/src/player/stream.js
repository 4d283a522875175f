// Where pictures and sound come from: hls.js where it is there, else what the browser plays by itself.

import {troubleOf, NETWORK, UNPLAYABLE} from "./trouble.js";

/**
 * @typedef {Object} Choice
 * @property {number} id      -1 is the stream's own choice, or none
 * @property {string} label
 */

/** @typedef {{code: string, message: string, passes: boolean}} Trouble  `passes`: trying again may help */

const AUTO = -1;
const LOOK_EVERY_MS = 4000;
const LATEST_BEGINNING_S = 0.5;

/** Return hls.js, null where it was not bundled or the browser cannot use it. */
async function library() {
  const loaded = await import("hls.js").catch(() => null);
  return loaded?.default.isSupported() ? loaded.default : null;
}

/**
 * Open a playlist for a video element.
 *
 * A stream says `change` when there are other choices, `shown` when another rung is shown, and `trouble` with the
 * sentence in `detail` when it cannot go on.
 *
 * @param {HTMLVideoElement} video @param {string} url @param {number} at seconds
 * @returns {Promise<HlsStream | NativeStream>}
 */
export async function open(video, url, at) {
  const Hls = await library();
  return Hls ? new HlsStream(Hls, video, url, at) : new NativeStream(video, url, at);
}

/** HLS by hls.js, which also reads anew which rungs there are: an asset that is being made gets more of them. */
class HlsStream extends EventTarget {
  #Hls; #video; #url; #hls;
  #offered = "";
  #lookedAt = 0;
  #looking = null;
  #mended = 0;
  #wanted = {height: AUTO, audio: "", text: ""};

  constructor(Hls, video, url, at) {
    super();
    this.#Hls = Hls;
    this.#video = video;
    this.#url = url;
    this.isGrowing = false;
    this.#hls = this.#started({startPosition: at});
    this.#hls.attachMedia(video);
  }

  close() {
    this.#looking?.abort();
    this.#hls.destroy();
  }

  /** @returns {Choice[]} best first */
  get qualities() {
    const {levels} = this.#hls;
    const named = levels.map((level, id) => ({id, label: labelOf(level, levels), bitrate: level.bitrate}));
    return named.sort((one, other) => other.bitrate - one.bitrate);
  }

  get quality() {
    return this.#hls.autoLevelEnabled ? AUTO : this.#hls.loadLevel;
  }

  set quality(id) {
    this.#wanted.height = this.#hls.levels[id]?.height ?? AUTO;
    this.#hls.nextLevel = id;
  }

  /** The rung that is on the screen, "" before the first. */
  get shown() {
    const level = this.#hls.levels[this.#hls.currentLevel];
    return level ? labelOf(level, this.#hls.levels) : "";
  }

  get audioTracks() {
    return this.#hls.audioTracks.map((track, id) => ({id, label: track.name || languageName(track.lang)}));
  }

  get audioTrack() {
    return this.#hls.audioTrack;
  }

  set audioTrack(id) {
    this.#wanted.audio = this.#hls.audioTracks[id]?.name ?? "";
    this.#hls.audioTrack = id;
  }

  get textTracks() {
    return this.#hls.subtitleTracks.map((track, id) => ({id, label: track.name || languageName(track.lang)}));
  }

  get textTrack() {
    return this.#hls.subtitleTrack;
  }

  set textTrack(id) {
    this.#wanted.text = this.#hls.subtitleTracks[id]?.name ?? "";
    this.#hls.subtitleTrack = id;
  }

  /** Look whether more rungs or tracks are offered by now, and go over to them; what plays goes on playing. */
  async renew() {
    if (this.#looking || !this.#offered) return;
    this.#lookedAt = performance.now();
    const looking = this.#looking = new AbortController();
    try {
      const answer = await fetch(this.#url, {cache: "no-cache", signal: looking.signal});
      if (answer.ok && offerOf(await answer.text()) !== this.#offered) this.#goOver();
    } catch {
      // Whether there is more can be seen the next time.
    } finally {
      this.#looking = null;
    }
  }

  /** Another reader takes the picture over with all that it holds, so that nothing is empty for a moment. */
  #goOver() {
    const before = this.#hls, at = this.#video.currentTime;
    const media = before.transferMedia();
    // With the picture go the text tracks, which the next reader makes anew: both would be shown, the old text, too.
    this.#video.querySelectorAll("track").forEach(track => track.remove());
    this.#hls = this.#started({startPosition: at, abrEwmaDefaultEstimate: before.bandwidthEstimate});
    this.#hls.attachMedia(media ?? this.#video);
    before.destroy();
  }

  #started(extra) {
    const {Events} = this.#Hls;
    const hls = new this.#Hls({
      enableWorker: false,
      lowLatencyMode: false,
      backBufferLength: 60,
      capLevelToPlayerSize: false,
      maxBufferLength: 30,
      ...extra,
    });
    const own = heard => (_, data) => hls === this.#hls && heard(data);
    hls.on(Events.MANIFEST_LOADED, own(({networkDetails}) => (this.#offered = offerOf(networkDetails?.responseText ?? ""))));
    hls.on(Events.MANIFEST_PARSED, own(() => this.#choose()));
    for (const event of [Events.AUDIO_TRACKS_UPDATED, Events.SUBTITLE_TRACKS_UPDATED]) {
      hls.on(event, own(() => this.#chooseTracks()));
    }
    for (const event of [Events.LEVEL_SWITCHED, Events.AUDIO_TRACK_SWITCHED, Events.SUBTITLE_TRACK_SWITCH]) {
      hls.on(event, own(() => this.#say("shown")));
    }
    hls.on(Events.FRAG_BUFFERED, own(() => this.#begin()));
    hls.on(Events.LEVEL_UPDATED, own(({details}) => this.#follow(details.live)));
    hls.on(Events.ERROR, own(error => error.fatal && this.#stumble(error)));
    hls.loadSource(this.#url);
    return hls;
  }

  /** hls.js lays the first picture a moment after 0, by how far pictures are reordered, and would skip some of it. */
  #begin() {
    const {buffered, currentTime} = this.#video;
    const first = buffered.length ? buffered.start(0) : 0;
    if (currentTime < first && first < LATEST_BEGINNING_S) this.#video.currentTime = first;
  }

  #follow(isGrowing) {
    const isDone = this.isGrowing && !isGrowing;
    if (isGrowing !== this.isGrowing) {
      this.isGrowing = isGrowing;
      this.#say("change");
    }
    if (isDone || isGrowing && performance.now() - this.#lookedAt > LOOK_EVERY_MS) this.renew();
  }

  /** Take what was chosen before, by what it is called: other rungs have come, and have other numbers. */
  #choose() {
    const {height} = this.#wanted;
    if (height !== AUTO) this.#hls.nextLevel = this.#hls.levels.findIndex(level => level.height === height);
    this.#say("change");
  }

  #chooseTracks() {
    const {audio, text} = this.#wanted, hls = this.#hls;
    const audioId = hls.audioTracks.findIndex(track => track.name === audio);
    const textId = hls.subtitleTracks.findIndex(track => track.name === text);
    if (audioId >= 0 && hls.audioTrack !== audioId) hls.audioTrack = audioId;
    if (textId >= 0 && hls.subtitleTrack !== textId) hls.subtitleTrack = textId;
    this.#say("change");
  }

  #stumble(error) {
    if (error.type === this.#Hls.ErrorTypes.MEDIA_ERROR && this.#mended < 2) {
      this.#mended += 1;
      this.#hls.recoverMediaError();
      return;
    }
    this.#say("trouble", troubleOf(error));
  }

  #say(type, detail = null) {
    this.dispatchEvent(new CustomEvent(type, {detail}));
  }
}

/** What the browser plays by itself; it chooses rungs as it likes, and knows only those of the beginning. */
class NativeStream extends EventTarget {
  #video; #url;
  #left = new AbortController();

  constructor(video, url, at) {
    super();
    this.#video = video;
    this.#url = url;
    this.isGrowing = false;
    this.qualities = [];
    this.quality = AUTO;
    this.audioTracks = [];
    this.audioTrack = 0;
    const heard = {signal: this.#left.signal};
    video.addEventListener("error", () => this.#stumble(), heard);
    video.addEventListener("resize", () => this.#say("shown"), heard);
    video.textTracks.addEventListener("addtrack", () => this.#say("change"), heard);
    // Without its hour of birth a playlist of the store is read across origins.
    video.crossOrigin = "anonymous";
    video.src = at > 0 ? `${url}#t=${at}` : url;
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

  get textTracks() {
    return [...this.#video.textTracks].map((track, id) => ({id, label: track.label || languageName(track.language)}));
  }

  get textTrack() {
    return [...this.#video.textTracks].findIndex(track => track.mode === "showing");
  }

  set textTrack(id) {
    [...this.#video.textTracks].forEach((track, index) => (track.mode = index === id ? "showing" : "disabled"));
    this.#say("shown");
  }

  /** The browser reads a playlist once; what came later is there when the asset is opened the next time. */
  async renew() {}

  #stumble() {
    const {error} = this.#video;
    const isNetwork = error?.code === MediaError.MEDIA_ERR_NETWORK;
    this.#say("trouble", isNetwork ? NETWORK : UNPLAYABLE);
  }

  #say(type, detail = null) {
    this.dispatchEvent(new CustomEvent(type, {detail}));
  }
}

/** What a multivariant playlist offers: its rungs and tracks, without what is only measured of them. */
function offerOf(text) {
  const variants = text.match(/^[^#\s].*$/gm) ?? [];
  const tracks = text.match(/^#EXT-X-MEDIA:.*$/gm) ?? [];
  return [...variants, ...tracks].map(line => line.trim()).sort().join("\n");
}

/** "1080p", with what tells rungs of the same height apart. */
function labelOf(level, levels) {
  const side = Math.min(level.width, level.height) || level.height;
  if (!side) return `${Math.round(level.bitrate / 1000)} kbit/s`;
  const codec = CODECS.find(([prefix]) => level.videoCodec?.startsWith(prefix))?.[1] ?? "";
  const isMixed = new Set(levels.map(one => one.videoCodec?.slice(0, 4))).size > 1;
  const range = level.videoRange && level.videoRange !== "SDR" ? " HDR" : "";
  return `${side}p${range}${isMixed && codec ? ` · ${codec}` : ""}`;
}

const CODECS = [["avc", "H.264"], ["hvc", "HEVC"], ["hev", "HEVC"], ["av01", "AV1"]];

function languageName(tag) {
  if (!tag || tag === "und") return "Unknown language";
  try {
    return new Intl.DisplayNames(undefined, {type: "language"}).of(tag) ?? tag;
  } catch {
    return tag;
  }
}
