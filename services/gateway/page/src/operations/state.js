// Who works, and how large the streams are.

import {h} from "../dom.js";
import {bytes} from "../format.js";
import {number, table} from "./table.js";

/** @param {any} status */
export function processes({services}) {
  return table("Processes", ["Service", "Processes", "At work", "Takes work"], services.map(({name, workers}) => {
    const busy = workers.map(worker => worker.at_work).filter(one => one !== null && one !== undefined);
    const paused = [...new Set(workers.map(worker => worker.paused).filter(Boolean))].join(" ");
    return h(
      "tr", {}, h("th", {scope: "row"}, name), number(workers.length),
      busy.length ? number(busy.reduce((sum, one) => sum + one, 0)) : h("td", {class: "quieter"}, "–"),
      h("td", {}, workers.length === 0 ? h("span", {class: "state failed"}, "down") : paused || h("span", {class: "state ready"}, "yes")));
  }));
}

/** @param {any} status */
export function streams({streams: all}) {
  return table("Streams", ["Stream", "Messages", "Size"], all.map(stream => h(
    "tr", {}, h("th", {scope: "row"}, stream.name), number(stream.messages), h("td", {class: "number"}, bytes(stream.size_bytes)))));
}
