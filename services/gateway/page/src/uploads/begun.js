// What the gateway knows of an upload.

import {ask} from "../api.js";

/**
 * Begin an upload; asked again with the same `once`, the same one. Return its document.
 * @param {File} file @param {string} once @param {AbortSignal} signal @returns {Promise<any>}
 */
export function begin({name, size, type}, once, signal) {
  const wish = {name, size_bytes: size, content_type: type || "application/octet-stream"};
  return ask("POST", "/v1/uploads", wish, {signal, headers: {"Idempotency-Key": once}});
}

/** Ask what the store holds; null when the gateway knows of no such upload. @param {{upload_id: string}} record @returns {Promise<any>} */
export async function toldOf({upload_id: id}) {
  try {
    return await ask("GET", `/v1/uploads/${id}`);
  } catch (error) {
    if (error.status === 404) return null;
    throw error;
  }
}
