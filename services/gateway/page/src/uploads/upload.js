// One file on its way. The gateway knows what has arrived; the browser remembers only which upload is which file's.

import {Problem, ask} from "../api.js";
import {begin, toldOf} from "./begun.js";
import {objection} from "./objection.js";
import {storedBytes, sendParts, sendWhole} from "./parts.js";
import {fingerprint, forgetRecord, keepRecord, looksLike, recordOf} from "./records.js";
import {retried} from "./sending.js";
import {Speed} from "./speed.js";

/** @typedef {"waiting" | "sending" | "paused" | "interrupted" | "arrived" | "failed"} UploadState */

export class Upload extends EventTarget {
  /** @type {UploadState} */
  state = "waiting";
  trouble = "";
  /** Bytes that the store holds whole. */
  stored = 0;
  #parts = new Map();
  #speed = new Speed();
  #stop = new AbortController();

  /**
   * Upload a file, or go on with one of which only the record is left.
   * @param {string} owner
   * @param {File | null} file
   * @param {import("./records.js").UploadRecord | null} record
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
    return this.#speed.bytesPerSecond;
  }

  /** Send what the store lacks. */
  async start() {
    if (!this.file) return;
    const refused = objection(this.file);
    if (refused) return this.#become("failed", refused);
    this.#stop = new AbortController();
    this.#speed = new Speed();
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
    const told = await toldOf(this.record);
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
    const told = (this.record && (await retried(() => toldOf(this.record), signal))) ?? (await this.#open(signal));
    if (told.state === "completed") return;
    if (told.state !== "open") throw new Problem(409, "upload_closed", "It was given up, as nothing was heard of it for long. Upload it again.");
    this.#note(told);
    const heard = {signal, progressed: (number, bytes) => this.#progress(number, bytes), arrived: (number, bytes) => this.#arrived(number, bytes)};
    try {
      await (told.upload ? sendWhole(this.file, told.upload, heard) : sendParts(this.file, told, heard));
    } catch (error) {
      this.#stop.abort(); // the other parts need not go on
      throw error;
    }
    const path = `/v1/uploads/${told.upload_id}/complete`;
    await retried(() => ask("POST", path, undefined, {signal}), signal);
  }

  async #open(signal) {
    const told = await retried(() => begin(this.file, this.once, signal), signal);
    this.record = await recordOf(told, this.file, this.owner);
    keepRecord(this.record);
    return told;
  }

  #note(told) {
    this.stored = storedBytes(told);
    this.#tell();
  }

  #progress(number, bytes) {
    if (this.state !== "sending") return;
    this.#parts.set(number, bytes);
    this.#speed.note(this.sent);
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
