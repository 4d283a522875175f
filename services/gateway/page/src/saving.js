// Files that are made in the browser, to be saved.

import {h} from "./dom.js";

/** Save a file. @param {string} name @param {BlobPart} content @param {string} type */
export function save(name, content, type) {
  const url = URL.createObjectURL(new Blob([content], {type}));
  h("a", {href: url, download: name}).click();
  // The browser has begun to read it when this comes to pass.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
