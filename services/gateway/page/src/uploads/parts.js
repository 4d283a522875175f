// Sending a file to the store: whole, or the parts that it lacks.

import {Problem, ask} from "../api.js";
import {inTurn, put, retried} from "./sending.js";

/**
 * @typedef {Object} Hearing
 * @property {AbortSignal} signal
 * @property {(number: number, bytes: number) => void} progressed  so many bytes of a part have gone
 * @property {(number: number, bytes: number) => void} arrived     the store holds a part
 */

const ALREADY_THERE = 412;

/** Return how many bytes the store holds. @param {any} told the upload's document */
export function storedBytes({parts, stored, size_bytes: size}) {
  if (!parts) return 0;
  const lengthOf = number => (number < parts.count ? parts.part_bytes : size - (parts.count - 1) * parts.part_bytes);
  return stored.reduce((sum, number) => sum + lengthOf(number), 0);
}

/** @param {File} file @param {{url: string, headers: Record<string, string>}} target @param {Hearing} heard */
export async function sendWhole(file, target, {signal, progressed, arrived}) {
  await inTurn(() => retried(async () => {
    const status = await put(target.url, file, target.headers, signal, bytes => progressed(1, bytes));
    if (status !== ALREADY_THERE) check(status);
  }, signal));
  arrived(1, file.size);
}

/** @param {File} file @param {any} told the upload's document @param {Hearing} heard */
export async function sendParts(file, told, {signal, progressed, arrived}) {
  const {part_bytes: length, count, targets} = told.parts, held = new Set(told.stored), link = links(told.upload_id, targets, signal);
  const missing = Array.from({length: count}, (_, index) => index + 1).filter(number => !held.has(number));
  await Promise.all(missing.map(number => inTurn(() => retried(async attempt => {
    if (signal.aborted) throw new DOMException("paused", "AbortError");
    const url = await link(number, attempt > 0), piece = file.slice((number - 1) * length, number * length);
    check(await put(url, piece, {}, signal, bytes => progressed(number, bytes)));
    arrived(number, piece.size);
  }, signal))));
}

/** Return where parts are sent; a link that is not known yet, or has grown too old, is asked for. */
function links(uploadId, targets, signal) {
  const signed = new Map(targets.map(target => [target.number, target.url]));
  return async (number, isAgain) => {
    if (isAgain || !signed.has(number)) {
      const page = await ask("GET", `/v1/uploads/${uploadId}/parts?from=${number}`, undefined, {signal});
      for (const target of page.targets) signed.set(target.number, target.url);
    }
    return signed.get(number);
  };
}

/** @throws {Problem} */
function check(status) {
  if (status < 200 || status > 299) throw new Problem(status, "store_refused", `The store refused a part (${status}).`);
}
