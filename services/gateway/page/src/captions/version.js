// One version of a text track at the gateway: read, and saved as the next one.

import {request} from "../api.js";

/**
 * @typedef {Object} Version
 * @property {string} etag
 * @property {number} version
 * @property {import("./cues.js").Cue[]} base  its cues
 */

/** Read the version that stands. @param {string} path of the track @param {AbortSignal} signal @returns {Promise<Version>} @throws {import("../api.js").Problem} */
export async function readVersion(path, signal) {
  const answer = await request(path, {signal});
  const {captions, cue_list: list} = await answer.json();
  const base = list.map(({start_s, end_s, text, settings}) => ({start_s, end_s, text, settings}));
  return {etag: answer.headers.get("ETag") ?? "", version: captions.version, base};
}

/**
 * Save cues as the next version, if the one with `etag` still stands; otherwise the problem has the status 412.
 * @param {string} path @param {string} etag @param {import("./cues.js").Cue[]} cues @returns {Promise<Version>} @throws {import("../api.js").Problem}
 */
export async function saveVersion(path, etag, cues) {
  const headers = {"Content-Type": "application/json", "If-Match": etag};
  const answer = await request(path, {method: "PATCH", headers, body: JSON.stringify({cues})});
  return {etag: answer.headers.get("ETag") ?? "", version: (await answer.json()).version, base: cues};
}
