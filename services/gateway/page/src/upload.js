// One file on its way. The gateway knows what has arrived; the browser remembers only which upload is which file's.

import {Problem, ask} from "./api.js";
import {fingerprint, forgetRecord, keepRecord, looksLike} from "./upload_records.js";
import {inTurn, put, retried} from "./upload_sending.js";

/** @typedef {"waiting" | "sending" | "paused" | "interrupted" | "arrived" | "failed"} UploadState */

const MEDIA = /^(video|audio)\/|^application\/(mxf|ogg|vnd\.apple\.mpegurl|x-matroska|octet-stream)$/;
const ALREADY_THERE = 412;
const SPEED_OVER_MS = 5000;

/** Return why a file cannot be uploaded, empty when it may be. @param {File} file */
export function objection(file) {
  if (file.size === 0) return "The file is empty.";
  if (file.type && !MEDIA.test(file.type)) return `This is ${file.type}, neither video nor sound. Nothing was sent.`;
  return "";
}

export class Upload extends EventTarget {
  /** @type {UploadState} */
  state = "waiting";
  trouble = "";
  /** Bytes that the store holds whole. */
  stored = 0;
  #parts = new Map();
  #samples = [];
  #stop = new AbortController();

  /**
   * Upload a file, or go on with one of which only the record is left.
   * @param {string} owner
   * @param {File | null} file
   * @param {import("./upload_records.js").UploadRecord | null} record
   */
  constructor(owner, file, record = null) {
    super();
    this.owner = owner;
    this.file = file;
    this.record = record;
    this.once = crypto.getRandomValues(new Uint32Array(4)).join("-");
    if (!file) this.state = "interrupted";
  }

  get name() {
    return this.file?.name ?? this.record?.name ?? "";
  }

  get size() {
    return this.file?.size ?? this.record?.size_bytes ?? 0;
  }

  /** How many bytes have gone, those of parts that are on their way too. */
  get sent() {
    return Math.min(this.size, this.stored + [...this.#parts.values()].reduce((sum, bytes) => sum + bytes, 0));
  }

  /** Bytes a second, over the last few. */
  get speed() {
    const [first, last] = [this.#samples[0], this.#samples.at(-1)];
    return first && last.at > first.at ? Math.max(0, (1000 * (last.sent - first.sent)) / (last.at - first.at)) : 0;
  }

  /** Send what the store lacks. */
  async start() {
    if (!this.file) return;
    const refused = objection(this.file);
    if (refused) return this.#become("failed", refused);
    this.#stop = new AbortController();
    this.#samples = [];
    this.#become("sending");
    try {
      await this.#send(this.#stop.signal);
      this.#end("arrived");
    } catch (error) {
      this.#parts.clear();
      if (error.name === "AbortError") return;
      this.#become("failed", error.message);
    }
  }

  pause() {
    this.#stop.abort();
    this.#parts.clear();
    this.#become("paused");
  }

  /** Give it up; what the store holds of it is freed. */
  async cancel() {
    this.#stop.abort();
    const id = this.record?.upload_id;
    this.#end("failed");
    if (id) await ask("DELETE", `/v1/uploads/${id}`);
  }

  /** Learn how much has arrived of what was interrupted. */
  async look() {
    const told = await this.#told();
    if (told?.state === "completed") this.#end("arrived");
    else if (told?.state !== "open") this.#end("failed", "It was given up, as nothing was heard of it for long. Upload it again.");
    else this.#note(told);
  }

  /** Go on with a file, if it is the one that was begun. @param {File} file @returns {Promise<boolean>} */
  async goOn(file) {
    const isSame = looksLike(this.record, file) && (await fingerprint(file)) === this.record.fingerprint;
    if (isSame) {
      this.file = file;
      this.start();
    } else this.#become("interrupted", `“${file.name}” is not the file that was begun; choose “${this.record.name}” as it was.`);
    return isSame;
  }

  async #send(signal) {
    const told = (this.record && (await retried(() => this.#told(), signal))) ?? (await this.#open(signal));
    if (told.state === "completed") return;
    if (told.state !== "open") throw new Problem(409, "upload_closed", "It was given up, as nothing was heard of it for long. Upload it again.");
    this.#note(told);
    await (told.upload ? this.#sendWhole(told.upload, signal) : this.#sendParts(told, signal));
    const path = `/v1/uploads/${told.upload_id}/complete`;
    await retried(() => ask("POST", path, undefined, {signal}), signal);
  }

  async #open(signal) {
    const {name, size, type, lastModified} = this.file;
    const wish = {name, size_bytes: size, content_type: type || "application/octet-stream"};
    const told = await retried(
      () => ask("POST", "/v1/uploads", wish, {signal, headers: {"Idempotency-Key": this.once}}), signal);
    this.record = {
      upload_id: told.upload_id, asset_id: told.asset_id, owner: this.owner, name, size_bytes: size,
      modified_ms: lastModified, fingerprint: await fingerprint(this.file),
    };
    keepRecord(this.record);
    return told;
  }

  /** Ask what the store holds; null when the gateway knows of no such upload. */
  async #told() {
    try {
      return await ask("GET", `/v1/uploads/${this.record.upload_id}`);
    } catch (error) {
      if (error.status === 404) return null;
      throw error;
    }
  }

  async #sendWhole(target, signal) {
    await inTurn(() => retried(async () => {
      const status = await put(target.url, this.file, target.headers, signal, bytes => this.#progress(1, bytes));
      if (status !== ALREADY_THERE) check(status);
    }, signal));
    this.#arrived(1, this.size);
  }

  async #sendParts(told, signal) {
    const {part_bytes, count} = told.parts;
    const signed = new Map(told.parts.targets.map(target => [target.number, target.url]));
    const held = new Set(told.stored);
    const missing = Array.from({length: count}, (_, index) => index + 1).filter(number => !held.has(number));
    const link = async (number, isAgain) => {
      if (isAgain || !signed.has(number)) {
        const page = await ask("GET", `/v1/uploads/${told.upload_id}/parts?from=${number}`, undefined, {signal});
        for (const target of page.targets) signed.set(target.number, target.url);
      }
      return signed.get(number);
    };
    const send = number => inTurn(() => retried(async attempt => {
      if (signal.aborted) throw new DOMException("paused", "AbortError");
      const url = await link(number, attempt > 0);
      const piece = this.file.slice((number - 1) * part_bytes, number * part_bytes);
      check(await put(url, piece, {}, signal, bytes => this.#progress(number, bytes)));
      this.#arrived(number, piece.size);
    }, signal));
    try {
      await Promise.all(missing.map(send));
    } catch (error) {
      this.#stop.abort(); // the others need not go on
      throw error;
    }
  }

  #note(told) {
    const {part_bytes = 0, count = 0} = told.parts ?? {};
    const length = number => (number < count ? part_bytes : told.size_bytes - (count - 1) * part_bytes);
    this.stored = told.parts ? told.stored.reduce((sum, number) => sum + length(number), 0) : 0;
    this.#tell();
  }

  #progress(number, bytes) {
    if (this.state !== "sending") return;
    this.#parts.set(number, bytes);
    const at = performance.now();
    this.#samples = [...this.#samples.filter(sample => sample.at > at - SPEED_OVER_MS), {at, sent: this.sent}];
    this.#tell();
  }

  #arrived(number, bytes) {
    this.#parts.delete(number);
    this.stored += bytes;
    this.#tell();
  }

  #end(state, trouble = "") {
    if (this.record) forgetRecord(this.record);
    this.#parts.clear();
    this.#become(state, trouble);
  }

  #become(state, trouble = "") {
    this.state = state;
    this.trouble = trouble;
    this.dispatchEvent(new Event("state"));
    this.#tell();
  }

  #tell() {
    this.dispatchEvent(new Event("change"));
  }
}

/** @throws {Problem} */
function check(status) {
  if (status < 200 || status > 299) throw new Problem(status, "store_refused", `The store refused a part (${status}).`);
}
