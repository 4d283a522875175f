// The uploads of this browser, in a panel that stays while other parts of the page come and go.

import {View, attempt, fill, h, icon, set} from "./dom.js";
import {bytes, count, lasting, percent} from "./format.js";
import {Upload, objection} from "./upload.js";
import {looksLike, recordsOf} from "./upload_records.js";

const FILES_AT_ONCE = 2;

class Uploads extends View {
  /** @type {Upload[]} */
  uploads = [];

  show(leaving) {
    this.owner = this.getAttribute("owner") ?? "";
    this.list = h("ul", {class: "uploads"});
    this.heading = h("h2", {class: "uploads-title"});
    this.told = h("p", {class: "unseen", role: "status"});
    this.veil = h("div", {class: "veil", hidden: true}, icon("up"), "Drop to upload");
    this.append(h("section", {class: "panel uploads-panel", "aria-label": "Uploads"}, this.heading, this.list), this.told, this.veil);
    for (const record of recordsOf(this.owner)) attempt(() => this.#add(new Upload(this.owner, null, record)).look());
    this.#draw();
    this.#takeDrops(leaving);
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    for (const upload of this.uploads) if (upload.state === "sending") upload.pause();
  }

  /** Let files be chosen. */
  choose() {
    pick(true, files => this.take(files));
  }

  /** Upload files; those that were begun before go on. @param {File[]} files */
  async take(files) {
    for (const file of files) {
      const begun = this.uploads.find(one => one.state === "interrupted" && looksLike(one.record, file));
      if (!begun || !(await begun.goOn(file))) this.#add(new Upload(this.owner, file));
    }
    this.#next();
  }

  #add(upload) {
    const row = new Row(upload, () => this.#remove(upload, row));
    this.uploads.push(upload);
    this.list.prepend(row.element);
    upload.addEventListener("change", () => row.draw());
    upload.addEventListener("state", () => this.#changed(upload));
    this.#draw();
    return upload;
  }

  #remove(upload, row) {
    this.uploads = this.uploads.filter(one => one !== upload);
    row.element.remove();
    this.#draw();
  }

  #changed(upload) {
    if (upload.state === "arrived") fill(this.told, `${upload.name} has arrived.`);
    if (upload.trouble) fill(this.told, `${upload.name}: ${upload.trouble}`);
    this.#draw();
    this.#next();
  }

  #next() {
    const sending = this.uploads.filter(one => one.state === "sending").length;
    // What cannot be sent is told at once, whatever waits before it.
    const refused = this.uploads.filter(one => one.state === "waiting" && objection(one.file));
    const next = this.uploads.filter(one => one.state === "waiting" && !objection(one.file));
    for (const upload of [...refused, ...next.slice(0, Math.max(0, FILES_AT_ONCE - sending))]) upload.start();
  }

  #draw() {
    this.querySelector("section").hidden = this.uploads.length === 0;
    const open = this.uploads.filter(one => !["arrived", "failed"].includes(one.state));
    fill(this.heading, open.length ? `Uploading ${count(open.length, "file")}` : "Uploads");
  }

  #takeDrops(signal) {
    const hasFiles = event => event.dataTransfer?.types.includes("Files");
    const veil = isThere => event => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      this.veil.hidden = !isThere;
    };
    addEventListener("dragenter", veil(true), {signal});
    addEventListener("dragover", veil(true), {signal});
    addEventListener("dragleave", event => event.relatedTarget === null && veil(false)(event), {signal});
    addEventListener("drop", event => {
      veil(false)(event);
      if (hasFiles(event)) this.take([...event.dataTransfer.files]);
    }, {signal});
  }
}

/** One upload's line in the panel. */
class Row {
  #drawn = "";

  constructor(upload, remove) {
    this.upload = upload;
    this.remove = remove;
    this.bar = h("progress", {max: 1, "aria-label": `Upload of ${upload.name}`});
    this.line = h("p", {class: "upload-line"});
    this.acts = h("div", {class: "row"});
    this.element = h(
      "li", {class: "upload", "data-name": upload.name},
      h("div", {class: "upload-text"}, h("strong", {class: "upload-name", title: upload.name}, upload.name), this.bar, this.line),
      this.acts);
    this.draw();
  }

  draw() {
    const {upload} = this;
    this.bar.value = upload.size ? upload.sent / upload.size : 0;
    this.bar.hidden = upload.state === "failed";
    fill(this.line, lineOf(upload));
    set(this.line, {class: `upload-line ${upload.trouble ? "trouble" : "quieter"}`});
    // Buttons are made anew only when they are others: one that has the focus keeps it.
    if (this.#drawn !== upload.state) fill(this.acts, this.#buttons());
    this.#drawn = upload.state;
    this.element.dataset.state = upload.state;
  }

  #buttons() {
    const {upload} = this;
    const button = (text, act) => h("button", {type: "button", onclick: act, "aria-label": `${text}: ${upload.name}`}, text);
    const cancel = button("Cancel", () => attempt(async () => {
      this.remove();
      await upload.cancel();
    }));
    switch (upload.state) {
      case "waiting": return [cancel];
      case "sending": return [button("Pause", () => upload.pause()), cancel];
      case "paused": return [button("Resume", () => upload.start()), cancel];
      case "interrupted": return [button("Choose the file", () => pick(false, ([file]) => upload.goOn(file))), cancel];
      case "arrived": return [
        h("a", {class: "button", href: `/assets/${upload.record.asset_id}`, "aria-label": `Show: ${upload.name}`}, "Show"),
        button("Dismiss", this.remove)];
      default: return [upload.file && !objection(upload.file) && button("Try again", () => upload.start()), button("Dismiss", this.remove)];
    }
  }
}

function lineOf(upload) {
  const share = `${percent(upload.size ? upload.sent / upload.size : 0)} of ${bytes(upload.size)}`;
  if (upload.trouble) return upload.trouble;
  switch (upload.state) {
    case "waiting": return `${bytes(upload.size)}, waits for its turn`;
    case "paused": return `${share}, paused`;
    case "interrupted": return `${share} have arrived; choose the same file to go on`;
    case "arrived": return `${bytes(upload.size)} have arrived`;
    default: {
      const {speed} = upload;
      return speed ? `${share} · ${bytes(speed)}/s · ${lasting((upload.size - upload.sent) / speed)} left` : share;
    }
  }
}

function pick(multiple, chosen) {
  const input = h("input", {type: "file", multiple, accept: "video/*,audio/*,.mkv,.mxf,.ts,.m2ts,.mts,.avi,.flv,.wmv"});
  input.addEventListener("change", () => input.files?.length && attempt(async () => chosen([...input.files])));
  input.click();
}

customElements.define("headrace-uploads", Uploads);
