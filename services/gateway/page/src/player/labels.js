// What rungs and tracks are called in menus, and which track is the one that somebody wishes for.

const CODECS = [["avc", "H.264"], ["hvc", "HEVC"], ["hev", "HEVC"], ["av01", "AV1"]];

/** "1080p", with what tells rungs of the same height apart. */
export function rungLabel(level, levels) {
  const side = shorterSide(level);
  if (!side) return `${Math.round(level.bitrate / 1000)} kbit/s`;
  const codec = CODECS.find(([prefix]) => level.videoCodec?.startsWith(prefix))?.[1] ?? "";
  const isMixed = new Set(levels.map(one => one.videoCodec?.slice(0, 4))).size > 1;
  const range = level.videoRange && level.videoRange !== "SDR" ? " HDR" : "";
  return `${side}p${range}${isMixed && codec ? ` · ${codec}` : ""}`;
}

/** Pixels of a picture's shorter side: portrait films have rungs of the same names. */
export function shorterSide({width, height}) {
  return Math.min(width, height) || height;
}

/** Name a language in the reader's own. @param {string | undefined} tag of BCP 47 */
function languageName(tag) {
  if (!tag || tag === "und") return "Unknown language";
  try {
    return new Intl.DisplayNames(undefined, {type: "language"}).of(tag) ?? tag;
  } catch {
    return tag;
  }
}

/** Name a track so that people find it by its language, also where it is called "Original". */
export function trackLabel(name, tag) {
  const language = languageName(tag);
  if (!name || name === tag) return language;
  return !tag || name.includes(language) ? name : `${language} · ${name}`;
}

/**
 * Return the place of the track that is wished for, by its name, else by its language; -1 where there is none.
 *
 * @param {{name: string, language: string}[]} tracks @param {import("./memory.js").Wish | null} wish
 */
export function wished(tracks, wish) {
  if (!wish) return -1;
  const own = tracks.findIndex(track => track.name === wish.name && track.language === wish.language);
  return own >= 0 ? own : tracks.findIndex(track => wish.language && track.language === wish.language);
}
