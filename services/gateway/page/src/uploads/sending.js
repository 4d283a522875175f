// Sending bytes to the store: a few requests at a time for all files, each tried again when what went wrong may pass.

import {Problem} from "../api.js";
import {pause} from "../dom.js";

const AT_ONCE = 4;
const TRIES = 8;
const LONGEST_WAIT_MS = 30_000;

const waiting = [];
let free = AT_ONCE;

/** Do something when it is its turn: four at a time, in order. @template T @param {() => Promise<T>} act @returns {Promise<T>} */
export async function inTurn(act) {
  if (free > 0) free--;
  else await new Promise(turn => waiting.push(turn));
  try {
    return await act();
  } finally {
    const next = waiting.shift();
    if (next) next();
    else free++;
  }
}

/**
 * PUT bytes; `progressed` hears how many have gone. Scripts hear that of XMLHttpRequest alone.
 *
 * @param {string} url
 * @param {Blob} body
 * @param {Record<string, string>} headers
 * @param {AbortSignal} signal
 * @param {(bytes: number) => void} progressed
 * @returns {Promise<number>} the status
 */
export function put(url, body, headers, signal, progressed) {
  return new Promise((resolve, reject) => {
    const asked = new XMLHttpRequest();
    const stop = () => asked.abort();
    asked.open("PUT", url);
    for (const [name, value] of Object.entries(headers)) asked.setRequestHeader(name, value);
    asked.upload.onprogress = event => progressed(event.loaded);
    asked.onload = () => resolve(asked.status);
    asked.onerror = () => reject(new Problem(0, "store_away", "The store does not answer."));
    asked.onabort = () => reject(new DOMException("paused", "AbortError"));
    asked.onloadend = () => signal.removeEventListener("abort", stop);
    if (signal.aborted) return reject(new DOMException("paused", "AbortError"));
    signal.addEventListener("abort", stop);
    asked.send(body);
  });
}

/** Try until it works, or what goes wrong will not pass. @template T @param {(attempt: number) => Promise<T>} act @param {AbortSignal} signal @returns {Promise<T>} */
export async function retried(act, signal) {
  for (let attempt = 0; ; attempt++) {
    try {
      return await act(attempt);
    } catch (error) {
      if (signal.aborted) throw new DOMException("paused", "AbortError");
      // 403 is what the store says of a link that has grown too old.
      const mayPass = error instanceof Problem && (error.status === 0 || error.status === 403 || error.status === 429 || error.status >= 500);
      if (!mayPass || attempt + 1 >= TRIES) throw error;
      await pause(Math.min(LONGEST_WAIT_MS, 500 * 2 ** attempt) * (0.75 + Math.random() / 2), signal);
      await online(signal);
    }
  }
}

async function online(signal) {
  if (navigator.onLine) return;
  await new Promise(resolve => {
    addEventListener("online", resolve, {once: true, signal});
    signal.addEventListener("abort", resolve, {once: true});
  });
}
