// Who works, and how large the streams are.

import {h} from "../dom.js";
import {bytes} from "../format.js";
import {number, table} from "../table.js";

export function processes() {
  const {element, show} = table("Processes", ["Service", "Processes", "At work", "Takes work"]);
  return {element, show: ({services}) => show(services.map(process))};
}

export function streams() {
  const {element, show} = table("Streams", ["Stream", "Messages", "Size"]);
  return {element, show: ({streams: all}) => show(all.map(stream))};
}

function process({name, workers}) {
  const busy = workers.map(worker => worker.at_work).filter(one => one !== null && one !== undefined);
  const paused = [...new Set(workers.map(worker => worker.paused).filter(Boolean))].join(" ");
  return h(
    "tr", {}, h("th", {scope: "row"}, name), number(workers.length),
    busy.length ? number(busy.reduce((sum, one) => sum + one, 0)) : h("td", {class: "quieter"}, "–"),
    h("td", {class: paused && "words"}, workers.length === 0 ? h("span", {class: "state failed"}, "down") : paused || h("span", {class: "state ready"}, "yes")));
}

function stream({name, messages, size_bytes: size}) {
  return h("tr", {}, h("th", {scope: "row"}, name), number(messages), h("td", {}, bytes(size)));
}
