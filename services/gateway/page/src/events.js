// Events of the log, as they happen. EventSource cannot send a key, so the stream is read with fetch.

import {request} from "./api.js";
import {pause} from "./dom.js";

/**
 * @typedef {Object} Happening
 * @property {number} sequence
 * @property {string} type       `asset.ready`, `chunk.encoded`, …
 * @property {string} at         ISO 8601
 * @property {string | null} asset_id
 * @property {Record<string, any>} data
 */

const SOONEST_MS = 500;
const LATEST_MS = 15_000;

/**
 * Hear events until `signal` aborts. The connection comes back by itself, from where it was, so that none is missed.
 *
 * @param {Object} listening
 * @param {string} [listening.path]    `/v1/events`, or `/v1/assets/{id}/events`, which begins with the asset's first
 * @param {string} [listening.types]   such as `asset.*,chunk.encoded`
 * @param {AbortSignal} listening.signal
 * @param {(event: Happening) => void} listening.heard
 * @param {() => void} [listening.began]  hears whatever comes from now on: look now at how everything is
 * @param {(isThere: boolean) => void} [listening.connected]
 */
export async function listen({path = "/v1/events", types = "*", signal, heard, began, connected}) {
  let last = "", waitMs = SOONEST_MS;
  while (!signal.aborted) {
    try {
      const headers = {Accept: "text/event-stream", ...(last && {"Last-Event-ID": last})};
      const answer = await request(`${path}?types=${encodeURIComponent(types)}`, {headers, signal});
      connected?.(true);
      waitMs = SOONEST_MS;
      for await (const {id, data} of messages(answer.body)) {
        const isFirst = last === "";
        if (id) last = id;
        if (isFirst) began?.();
        if (data) heard(JSON.parse(data));
      }
    } catch (error) {
      if (signal.aborted || error.status === 401 || error.status === 404) return;
      // The log is another one than before, so that our place in it means nothing.
      if (error.code === "event_unknown") last = "";
      connected?.(false);
    }
    await pause(waitMs * (0.5 + Math.random()), signal);
    waitMs = Math.min(LATEST_MS, 2 * waitMs);
  }
}

/** Cut a stream into messages. Source: WHATWG HTML, "Server-sent events". @param {ReadableStream<Uint8Array>} body */
async function* messages(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  for (;;) {
    const {value, done} = await reader.read();
    if (done) return;
    text += value;
    const blocks = text.split("\n\n");
    text = blocks.pop() ?? "";
    for (const block of blocks) yield message(block);
  }
}

function message(block) {
  const told = {id: "", data: ""};
  for (const line of block.split("\n")) {
    if (line.startsWith("id:")) told.id = line.slice(3).trim();
    if (line.startsWith("data:")) told.data += line.slice(5).trim();
  }
  return told;
}
