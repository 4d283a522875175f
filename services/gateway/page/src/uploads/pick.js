// Choosing files.

import {attempt, h} from "../dom.js";

/** Let files be chosen. @param {boolean} multiple @param {(files: File[]) => any} chosen */
export function pick(multiple, chosen) {
  const input = h("input", {type: "file", multiple, accept: "video/*,.mkv,.mxf,.ts,.m2ts,.mts,.avi,.flv,.wmv,.ogg"});
  input.addEventListener("change", () => input.files?.length && attempt(async () => chosen([...input.files])));
  input.click();
}
