// The uploads of this browser, in a panel that stays while other parts of the page come and go.

import {View, attempt, fill, h, icon} from "./dom.js";
import {count} from "./format.js";
import {objection} from "./uploads/objection.js";
import {pick} from "./uploads/pick.js";
import {looksLike, recordsOf} from "./uploads/records.js";
import {Row} from "./uploads/row.js";
import {Upload} from "./uploads/upload.js";

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
    for (const upload of [...refused, ...next.slice(0, Math.max(0, FILES_AT_ONCE - sending))]) {
      // One that is refused has this looked at anew at once, and the others may have been started then.
      if (upload.state === "waiting") upload.start();
    }
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

customElements.define("headrace-uploads", Uploads);
