// What hls.js plays. An asset that is being made gets more rungs and tracks, which hls.js does not look for by itself.

import {rungLabel, shorterSide, trackLabel, wished} from "./labels.js";
import {Patience} from "./patience.js";
import {offerOf} from "./playlist.js";
import {mayPass, troubleOf} from "./trouble.js";

const AUTO = -1;
const LOOK_EVERY_MS = 4000;
const LATEST_BEGINNING_S = 0.5;
/** No track is called so: with it hls.js takes none of its own accord. */
const NOBODYS = {name: ""};

/** @typedef {import("./stream.js").Choice} Choice */
/** @typedef {import("./stream.js").Track} Track */

export class HlsStream extends EventTarget {
  #Hls; #video; #url; #hls; #at;
  #offered = "";
  #lookedAt = 0;
  #looking = null;
  #retrying = 0;
  #patience = new Patience();
  #height = AUTO;
  #wishes;

  constructor(Hls, video, url, at, wishes) {
    super();
    this.#Hls = Hls;
    this.#video = video;
    this.#url = url;
    this.#at = at;
    this.#wishes = wishes;
    this.isGrowing = false;
    this.#hls = this.#started({startPosition: at});
    this.#hls.attachMedia(video);
  }

  close() {
    clearTimeout(this.#retrying);
    this.#looking?.abort();
    this.#hls.destroy();
  }

  /** @returns {Choice[]} best first */
  get qualities() {
    const {levels} = this.#hls;
    const best = (one, other) => shorterSide(other) - shorterSide(one) || other.bitrate - one.bitrate;
    return [...levels].sort(best).map(level => ({id: levels.indexOf(level), label: rungLabel(level, levels)}));
  }

  get quality() {
    return this.#hls.autoLevelEnabled ? AUTO : this.#hls.loadLevel;
  }

  set quality(id) {
    this.#height = this.#hls.levels[id]?.height ?? AUTO;
    this.#hls.nextLevel = id;
  }

  /** The rung that is on the screen, "" before the first. */
  get shown() {
    const level = this.#hls.levels[this.#hls.currentLevel];
    return level ? rungLabel(level, this.#hls.levels) : "";
  }

  /** @returns {Track[]} */
  get audioTracks() {
    return this.#hls.audioTracks.map(trackOf);
  }

  get audioTrack() {
    return this.#hls.audioTrack;
  }

  set audioTrack(id) {
    this.#hls.audioTrack = id;
  }

  /** @returns {Track[]} */
  get textTracks() {
    return this.#hls.subtitleTracks.map(trackOf);
  }

  get textTrack() {
    return this.#hls.subtitleTrack;
  }

  set textTrack(id) {
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
    clearTimeout(this.#retrying);
    const before = this.#hls, at = this.#video.currentTime;
    const media = before.transferMedia();
    this.#hls = this.#started({startPosition: at || this.#at, abrEwmaDefaultEstimate: before.bandwidthEstimate});
    this.#hls.attachMedia(media ?? this.#video);
    before.destroy();
    // The one that comes has text tracks of its own.
    this.#video.replaceChildren();
  }

  #started(extra) {
    const {Events} = this.#Hls;
    const hls = new this.#Hls({
      enableWorker: false,
      lowLatencyMode: false,
      backBufferLength: 60,
      capLevelToPlayerSize: false,
      maxBufferLength: 30,
      // There are none, and it ceases to load where a rung that is new goes less far than what was played.
      interstitialsController: undefined,
      ...extra,
    });
    const hear = (events, act) => events.forEach(event => hls.on(event, (_, data) => hls === this.#hls && act(data)));
    hear([Events.MANIFEST_LOADED], ({networkDetails}) => (this.#offered = offerOf(networkDetails?.responseText ?? "")));
    hear([Events.MANIFEST_PARSED], offered => this.#choose(offered));
    hear([Events.LEVEL_LOADED], () => this.#say("change"));
    hear([Events.LEVEL_SWITCHED, Events.AUDIO_TRACK_SWITCHED, Events.SUBTITLE_TRACK_SWITCH], () => this.#say("shown"));
    hear([Events.FRAG_BUFFERED], () => this.#begin());
    hear([Events.LEVEL_UPDATED], ({details}) => this.#follow(details.live));
    hear([Events.ERROR], error => error.fatal && this.#stumble(error));
    hls.loadSource(this.#url);
    return hls;
  }

  /** hls.js lays the first picture a moment after 0, by how far pictures are reordered, and would skip some of it. */
  #begin() {
    this.#patience.arrived();
    const {buffered, currentTime} = this.#video;
    const first = buffered.length ? buffered.start(0) : 0;
    if (currentTime < first && first < LATEST_BEGINNING_S) this.#video.currentTime = first;
  }

  #follow(isGrowing) {
    const isDone = this.isGrowing && !isGrowing;
    this.isGrowing = isGrowing;
    if (isDone || isGrowing && performance.now() - this.#lookedAt > LOOK_EVERY_MS) this.renew();
  }

  /** Take what was chosen before, by what it is called: of another asset or reader it has another number. */
  #choose({levels, audioTracks, subtitleTracks}) {
    const {config} = this.#hls, {audio, text} = this.#wishes;
    if (this.#height !== AUTO) this.#hls.nextLevel = levels.findIndex(level => level.height === this.#height);
    config.audioPreference = audioTracks[wished(audioTracks.map(trackOf), audio)];
    config.subtitlePreference = text?.isOff ? NOBODYS : subtitleTracks[wished(subtitleTracks.map(trackOf), text)];
  }

  /** What may pass is tried again, after pauses that grow; then it is told. */
  #stumble(error) {
    const isNetwork = error.type === this.#Hls.ErrorTypes.NETWORK_ERROR;
    if (!isNetwork && this.#patience.mayMend(this.#video.currentTime)) return this.#hls.recoverMediaError();
    const pause = isNetwork && mayPass(error) ? this.#patience.nextPause() : null;
    if (pause === null) this.#say("trouble", troubleOf(error));
    else this.#retrying = setTimeout(() => this.#retry(), pause);
  }

  #retry() {
    if (!this.#hls.levels.length) this.#hls.loadSource(this.#url);
    else this.#hls.startLoad(this.#video.readyState ? -1 : this.#at);
  }

  #say(type, detail = null) {
    this.dispatchEvent(new CustomEvent(type, {detail}));
  }
}

/** @returns {Track} */
function trackOf({name, lang}, id) {
  return {id, label: trackLabel(name, lang), name, language: lang ?? ""};
}
