// One upload's line in the panel: how far it is, and what can be done to it.

import {attempt, fill, h, set} from "../dom.js";
import {bytes, lasting, percent} from "../format.js";
import {objection} from "./objection.js";
import {pick} from "./pick.js";

export class Row {
  #drawn = "";

  /** @param {import("./upload.js").Upload} upload @param {() => void} remove */
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
