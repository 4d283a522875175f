// How everything is, in a few numbers.

import {h} from "../dom.js";
import {bytes, count, lasting} from "../format.js";

/** @param {any} status as the gateway tells it @param {{database: string, nats: string}} health */
export function summary({streams: all, services, dead, lateness}, health) {
  const durables = all.flatMap(stream => stream.durables);
  const sum = (list, name) => list.reduce((total, one) => total + (one[name] ?? 0), 0);
  const workers = services.flatMap(service => service.workers);
  const held = workers.filter(worker => worker.paused);
  return h(
    "dl", {class: "tiles"},
    tile("Waiting", sum(durables, "waiting"), "messages in all queues"),
    tile("At work", sum(durables, "working"), `in ${count(workers.length, "process", "processes")}`),
    lateness && tile("Oldest unresolved", lateness.unresolved ? lasting(lateness.oldest_s) : "none", oldest(lateness), lateness.overdue_s > 0),
    tile("Dead letters", sum(dead, "letters"), "messages that were given up", dead.length > 0),
    tile("Database", health.database, "the catalog", health.database !== "up"),
    tile("Log", health.nats, `${bytes(sum(all, "size_bytes"))} in ${count(all.length, "stream")}`, health.nats !== "up"),
    tile(
      "Store and disks", held.length ? "no work is taken" : "up",
      held.length ? [...new Set(held.map(worker => worker.paused))].join(" ") : "work is taken", held.length > 0));
}

function oldest({unresolved, overdue_s, asset_id}) {
  if (!unresolved) return "every asset is ready or failed";
  if (!overdue_s) return `of ${count(unresolved, "asset")}, none overdue`;
  return [`${lasting(overdue_s)} overdue: `, asset_id && h("a", {href: `/assets/${asset_id}`}, asset_id.slice(0, 8))];
}

function tile(name, value, text, isBad = false) {
  return h("div", {class: `tile ${isBad ? "bad" : ""}`}, h("dt", {}, name), h("dd", {}, h("strong", {}, value), h("span", {}, text)));
}
