// Which uploads this browser has begun and not ended, so that a closed tab loses nothing; and whether a file is the same.

/**
 * @typedef {Object} UploadRecord
 * @property {string} upload_id
 * @property {string} asset_id
 * @property {string} owner         who began it, in which tenant
 * @property {string} name
 * @property {number} size_bytes
 * @property {number} modified_ms
 * @property {string} fingerprint   of the file's beginning and end
 */

const KEY = "headrace.uploads";
const LOOKED_AT_BYTES = 1 << 20;

/** Return the uploads that somebody began here. @param {string} owner @returns {UploadRecord[]} */
export function recordsOf(owner) {
  return all().filter(record => record.owner === owner);
}

/** Return what is remembered of an upload. @param {any} told its document @param {File} file @param {string} owner @returns {Promise<UploadRecord>} */
export async function recordOf({upload_id, asset_id}, file, owner) {
  const {name, size: size_bytes, lastModified: modified_ms} = file;
  return {upload_id, asset_id, owner, name, size_bytes, modified_ms, fingerprint: await fingerprint(file)};
}

/** @param {UploadRecord} record */
export function keepRecord(record) {
  write([...all().filter(one => one.upload_id !== record.upload_id), record]);
}

/** @param {UploadRecord} record */
export function forgetRecord(record) {
  write(all().filter(one => one.upload_id !== record.upload_id));
}

/** Tell whether a file looks like the one of a record, without reading it. @param {UploadRecord} record @param {File} file */
export function looksLike(record, file) {
  return record.name === file.name && record.size_bytes === file.size && record.modified_ms === file.lastModified;
}

/** Return a hash of a file's first and last MiB: it tells files apart and protects from nobody. @param {File} file */
export async function fingerprint(file) {
  const pieces = [file.slice(0, LOOKED_AT_BYTES), file.slice(Math.max(0, file.size - LOOKED_AT_BYTES))];
  let low = 0x811c9dc5, high = 0x1000193;
  for (const piece of pieces) {
    for (const byte of new Uint8Array(await piece.arrayBuffer())) {
      low = Math.imul(low ^ byte, 0x01000193);
      high = Math.imul(high ^ byte, 0x5bd1e995) ^ (low >>> 15);
    }
  }
  return [low, high].map(half => (half >>> 0).toString(16).padStart(8, "0")).join("");
}

/** @returns {UploadRecord[]} */
function all() {
  return JSON.parse(localStorage.getItem(KEY) ?? "[]");
}

function write(records) {
  localStorage.setItem(KEY, JSON.stringify(records));
}
