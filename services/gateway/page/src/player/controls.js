// What is pressed in the player, and what it shows: a large button, and a bar with the line of time, buttons and menus.

import {fill, h, set} from "../dom.js";
import {clock} from "../format.js";
import {drawn} from "./icons.js";
import {menu} from "./menu.js";
import {seekbar} from "./seekbar.js";

const SPEEDS = [0.5, 0.75, 1, 1.25, 1.5, 1.75, 2];

export class Controls {
  /** @param {import("./player.js").HeadracePlayer} player which does what is pressed @param {string} label its name */
  constructor(player, label) {
    this.seekbar = seekbar(at => player.seek(at));
    this.now = h("span");
    this.whole = h("span", {class: "hp-whole"});
    this.buttons = {
      play: button("Play (K)", "play", () => player.toggle()),
      mute: button("Mute (M)", "loud", () => player.mute()),
      inset: button("Picture in picture", "inset", () => player.inset(), "hp-inset"),
      wide: button("Full screen (F)", "wide", () => player.wide()),
    };
    this.volume = h("input", {
      type: "range", class: "hp-volume", min: 0, max: 1, step: 0.05, value: 1, "aria-label": "Volume",
      oninput: () => player.loudness(Number(this.volume.value)),
    });
    this.menus = {
      text: menu("Captions (C)", drawn("captions"), id => player.chooseTrack("text", id)),
      audio: menu("Sound track", drawn("tracks"), id => player.chooseTrack("audio", id)),
      quality: menu("Quality", "Auto", id => player.choose("quality", id)),
      speed: menu("Speed", "1×", index => player.pace(SPEEDS[index])),
    };
    const {play, mute, inset, wide} = this.buttons, {text, audio, quality, speed} = this.menus;
    inset.hidden = !document.pictureInPictureEnabled;
    wide.hidden = !document.fullscreenEnabled && !("webkitEnterFullscreen" in player.video);
    this.big = h("button", {type: "button", class: "hp-big", "aria-label": `Play ${label}`, onclick: () => player.toggle()}, drawn("play"));
    this.bar = h("div", {class: "hp-bar"}, this.seekbar.element, h("div", {class: "hp-row"},
      play, mute, this.volume, h("span", {class: "hp-time"}, this.now, this.whole), h("span", {class: "hp-space"}),
      text.element, audio.element, speed.element, quality.element, inset, wide));
  }

  /** Offer what there is to choose, and show what is chosen. @param {any} stream */
  showChoices(stream) {
    const {quality: qualityMenu, audio, text} = this.menus, {qualities, quality, shown, textTracks: texts} = stream, isAuto = quality < 0;
    qualityMenu.show(
      qualities.length > 1 ? [{id: -1, label: isAuto && shown ? `Auto (${shown})` : "Auto"}, ...qualities] : [], quality);
    qualityMenu.face(isAuto ? "Auto" : qualities.find(one => one.id === quality)?.label ?? "Auto");
    audio.show(stream.audioTracks, stream.audioTrack);
    text.show(texts.length ? [{id: -1, label: "Off"}, ...texts] : [], stream.textTrack);
    text.element.classList.toggle("hp-on", stream.textTrack >= 0);
  }

  /** @param {HTMLVideoElement} video */
  showSpeed({playbackRate}) {
    this.menus.speed.show(SPEEDS.map((speed, id) => ({id, label: `${speed}×`})), SPEEDS.indexOf(playbackRate));
    this.menus.speed.face(`${playbackRate}×`);
  }

  /** @param {HTMLVideoElement} video */
  showVolume({muted, volume}) {
    const isQuiet = muted || volume === 0;
    this.volume.value = String(muted ? 0 : volume);
    dress(this.buttons.mute, isQuiet ? "Unmute (M)" : "Mute (M)", isQuiet ? "mute" : "loud");
  }

  /** @param {HTMLVideoElement} video */
  showState({paused, ended, played}) {
    dress(this.buttons.play, ended ? "Play again (K)" : paused ? "Play (K)" : "Pause (K)", ended ? "again" : paused ? "play" : "pause");
    this.big.hidden = played.length > 0 || !paused;
  }

  /** @param {boolean} isWide */
  showWide(isWide) {
    dress(this.buttons.wide, isWide ? "Leave full screen (F)" : "Full screen (F)", isWide ? "narrow" : "wide");
  }

  /** @param {HTMLVideoElement} video @param {number} length seconds that the whole asset lasts */
  showTime({currentTime, buffered}, length) {
    this.seekbar.show(currentTime, length, buffered);
    this.now.textContent = clock(currentTime);
    this.whole.textContent = ` / ${clock(length)}`;
  }

  /** Tell whether somebody is choosing. */
  get isOpen() {
    return this.bar.querySelector(".hp-list:not([hidden])") !== null;
  }
}

function button(name, face, act, kind = "") {
  return dress(h("button", {type: "button", class: `hp-round ${kind}`, onclick: act}), name, face);
}

function dress(element, name, face) {
  set(element, {"aria-label": name, title: name});
  fill(element, drawn(face));
  return element;
}
