// What HLS playlists say, for those who read them beside the one that plays.

/** Return what a multivariant playlist offers: its rungs and tracks, without what is only measured of them. */
export function offerOf(text) {
  const tracks = text.match(/^#EXT-X-MEDIA:.*$/gm) ?? [];
  return [...variantsOf(text), ...tracks].map(line => line.trim()).sort().join("\n");
}

/**
 * Read how far an asset goes by now.
 *
 * @param {string} url of the multivariant playlist @param {AbortSignal} signal
 * @returns {Promise<{seconds: number, isDone: boolean}>}
 */
export async function readExtent(url, signal) {
  const [text, base] = await read(url, signal);
  const [first] = variantsOf(text);
  const [segments] = await read(new URL(first, base).href, signal);
  const lengths = [...segments.matchAll(/^#EXTINF:([\d.]+)/gm)].map(([, length]) => Number(length));
  return {seconds: lengths.reduce((sum, length) => sum + length, 0), isDone: segments.includes("#EXT-X-ENDLIST")};
}

async function read(url, signal) {
  const answer = await fetch(url, {cache: "no-cache", signal});
  if (!answer.ok) throw new Error(`${url} is answered with ${answer.status}`);
  return [await answer.text(), answer.url];
}

function variantsOf(text) {
  return text.match(/^[^#\s].*$/gm) ?? [];
}
