// The file that was uploaded, and the tracks that are in it.

import {h} from "../dom.js";
import {bitrate, bytes, clock, languageName, moment} from "../format.js";
import {facts, panel} from "./panel.js";

/** What FFmpeg calls by all that it may be. */
const CONTAINERS = {"mov,mp4,m4a,3gp,3g2,mj2": "MP4 or MOV", "matroska,webm": "Matroska or WebM"};

export function original() {
  const part = ({original: file, probe, name, created_at, warnings, non_standard_input}) =>
    file ? {file, probe, name, created_at, warnings, non_standard_input} : null;
  return panel("Original", part, ({file, probe, name, created_at, warnings, non_standard_input: why}) => [
    facts([
      ["File", name],
      ["Uploaded", moment(created_at)],
      ["Size", bytes(file.size_bytes)],
      ["Container", probe && (CONTAINERS[probe.container] ?? probe.container)],
      ["Length", probe && clock(probe.duration_s)],
      ["Bitrate", probe?.bitrate_bps && bitrate(probe.bitrate_bps)],
      ...(probe?.video ?? []).map(picture => ["Picture", pictureWords(picture)]),
      ...(probe?.audio ?? []).map(sound => ["Sound", soundWords(sound)]),
      ...(probe?.text ?? []).map(text => ["Subtitles", textWords(text)]),
      ["Own pictures delivered", probe?.video.length ? (why.length ? `no: ${why.join(", ").replaceAll("_", " ")}` : "yes") : null],
    ]),
    warnings.map(warning => h("p", {class: "hint"}, warning)),
  ]);
}

function pictureWords({codec, profile, width, height, frame_rate: [num, den], rotation}) {
  const turned = rotation ? `, turned by ${rotation}°` : "";
  return `${codec}${profile ? ` ${profile}` : ""}, ${width} × ${height}, ${+(num / den).toFixed(3)} pictures/s${turned}`;
}

function textWords({codec, language, title}) {
  return [codec, language && languageName(language), title].filter(Boolean).join(", ");
}

function soundWords({codec, channels, sample_rate_hz: rate, language}) {
  return `${codec}, ${channels} ${channels === 1 ? "channel" : "channels"}, ${rate / 1000} kHz${language ? `, ${languageName(language)}` : ""}`;
}
