// Where pictures and sound come from: hls.js where it is there, else what the browser plays by itself.

import {HlsStream} from "./hls_stream.js";
import {NativeStream} from "./native_stream.js";

/**
 * @typedef {Object} Choice
 * @property {number} id      -1 is the stream's own choice, or none
 * @property {string} label
 */

/** @typedef {Choice & {name: string, language: string}} Track */

/** @typedef {{code: string, message: string, passes: boolean}} Trouble  `passes`: trying again may help */

/** @typedef {{audio: import("./memory.js").Wish | null, text: import("./memory.js").Wish | null}} Wishes */

// It is large: while it is asked what there is to play, it is on its way.
import("hls.js").catch(() => {});

/** Return hls.js, null where it was not bundled or the browser cannot use it. */
async function library() {
  const loaded = await import("hls.js").catch(() => null);
  return loaded?.default.isSupported() ? loaded.default : null;
}

/**
 * Open a playlist for a video element.
 *
 * A stream says `change` when there are other choices, `shown` when another rung is shown, and `trouble` with the
 * sentence in `detail` when it cannot go on. It has `qualities`, `audioTracks` and `textTracks`, and which one of each is
 * taken: `quality`, `audioTrack`, `textTrack`.
 *
 * @param {HTMLVideoElement} video @param {string} url @param {number} at seconds @param {Wishes} wishes
 * @returns {Promise<HlsStream | NativeStream>}
 */
export async function open(video, url, at, wishes) {
  const Hls = await library();
  return Hls ? new HlsStream(Hls, video, url, at, wishes) : new NativeStream(video, url, at, wishes);
}
