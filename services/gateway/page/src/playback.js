// Where an asset is played and what its pictures are, also where a token is needed.

import {ask} from "./api.js";

const TOKEN = "{token}";
const RENEW_BEFORE_MS = 300_000;
const known = new Map();

/**
 * Return the URLs of an asset; for one with signed playback a token is asked for, which is good for an hour.
 *
 * @param {{asset_id: string, updated_at?: string, playback: Record<string, string | null>}} asset
 * @returns {Promise<Record<string, string | null>>} policy, hls, dash, poster, storyboard
 * @throws {import("./api.js").Problem} where these credentials may not sign, or there is no signing key
 */
export async function playbackOf(asset) {
  if (asset.playback.policy !== "signed") return asset.playback;
  const token = await tokenOf(asset);
  return Object.fromEntries(
    Object.entries(asset.playback).map(([name, url]) => [name, url?.replace(TOKEN, token) ?? null]));
}

/** Return the mark that whoever runs this wants over the picture, null for none. @param {any} asset */
export async function watermarkOf(asset) {
  const query = asset.playback.policy === "signed" ? `?token=${await tokenOf(asset)}` : "";
  return (await ask("GET", `/v1/playback/${asset.asset_id}${query}`)).watermark;
}

/** Return where a file of an asset lies, as it can be opened now. @param {any} asset @param {string} url as the gateway told it @throws as `playbackOf` */
export async function opened(asset, url) {
  return url.includes(TOKEN) ? url.replace(TOKEN, await tokenOf(asset)) : url;
}

async function tokenOf(asset) {
  let held = known.get(asset.asset_id);
  if (!held || held.until < Date.now()) {
    const told = ask("POST", "/v1/playback/tokens", {asset_id: asset.asset_id});
    held = {until: Date.now() + 3_600_000 - RENEW_BEFORE_MS, token: told.then(one => one.token)};
    known.set(asset.asset_id, held);
    held.token.catch(() => known.delete(asset.asset_id));
  }
  return held.token;
}
