// For the operator: what waits where, who works, what was given up, and how store and streams are.

import {ask} from "./api.js";
import {View, attempt, fill, h, pause, say} from "./dom.js";
import {ago, bytes, count, lasting, moment} from "./format.js";

const EVERY_MS = 5000;

class Operations extends View {
  async show(leaving) {
    document.title = "Operations · Headrace";
    this.summary = h("div");
    this.status = h("div", {class: "ops"});
    this.letters = new Letters(() => this.#look(leaving));
    fill(this, h("h1", {}, "Operations"), this.summary, h("div", {class: "dead"}, this.letters.element), this.status);
    while (!leaving.aborted) {
      if (!document.hidden) await this.#look(leaving);
      await pause(EVERY_MS, leaving);
    }
  }

  async #look(signal) {
    const [status, health] = await Promise.all([
      attempt(() => ask("GET", "/v1/operations/status", undefined, {signal})),
      ask("GET", "/healthz", undefined, {signal}).catch(() => ({database: "down", nats: "down"})),
    ]);
    if (!status) return;
    fill(this.summary, summary(status, health));
    const scrolls = [...this.status.querySelectorAll(".wide")].map(one => one.scrollLeft);
    fill(
      this.status, section("Queues", queues(status, () => this.#look(signal))), section("Processes", processes(status)),
      section("Streams", streams(status)));
    this.status.querySelectorAll(".wide").forEach((one, index) => (one.scrollLeft = scrolls[index] ?? 0));
    await this.letters.look(status.dead.reduce((sum, one) => sum + one.letters, 0), signal);
  }
}

function section(title, ...content) {
  return h("section", {class: "panel"}, h("h2", {}, title), content);
}

function summary({streams: all, services, dead, lateness}, health) {
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

function table(caption, heads, rows) {
  return h(
    "div", {class: "wide", role: "region", "aria-label": caption, tabindex: 0},
    h(
      "table", {}, h("caption", {class: "unseen"}, caption),
      h("thead", {}, h("tr", {}, heads.map(head => h("th", {scope: "col"}, head)))), h("tbody", {}, rows)));
}

function queues({streams: all}, again) {
  const row = durable => {
    const isPaused = Boolean(durable.paused_until);
    const act = () => attempt(async () => {
      await ask("POST", `/v1/operations/${isPaused ? "resume" : "pause"}`, {durable: durable.name});
      say(`${durable.name} ${isPaused ? "goes on" : "is paused; what is at work is finished"}.`);
      await again();
    });
    return h(
      "tr", {}, h("th", {scope: "row"}, durable.name), h("td", {}, durable.service), number(durable.waiting), number(durable.working),
      number(durable.redelivered),
      h("td", {}, isPaused ? h("span", {class: "state failed"}, "paused") : h("span", {class: "state ready"}, "delivers")),
      h("td", {}, h("button", {type: "button", onclick: act, "aria-label": `${isPaused ? "Resume" : "Pause"} ${durable.name}`}, isPaused ? "Resume" : "Pause")));
  };
  return table(
    "Queues", ["Durable", "Service", "Waiting", "At work", "Came back", "State", h("span", {class: "unseen"}, "Act")],
    all.flatMap(stream => stream.durables.map(row)));
}

function processes({services}) {
  return table("Processes", ["Service", "Processes", "At work", "Takes work"], services.map(({name, workers}) => {
    const busy = workers.map(worker => worker.at_work).filter(one => one !== null && one !== undefined);
    const paused = [...new Set(workers.map(worker => worker.paused).filter(Boolean))].join(" ");
    return h(
      "tr", {}, h("th", {scope: "row"}, name), number(workers.length),
      busy.length ? number(busy.reduce((sum, one) => sum + one, 0)) : h("td", {class: "quieter"}, "–"),
      h("td", {}, workers.length === 0 ? h("span", {class: "state failed"}, "down") : paused || h("span", {class: "state ready"}, "yes")));
  }));
}

function streams({streams: all}) {
  return table("Streams", ["Stream", "Messages", "Size"], all.map(stream => h(
    "tr", {}, h("th", {scope: "row"}, stream.name), number(stream.messages), h("td", {class: "number"}, bytes(stream.size_bytes)))));
}

function number(value) {
  return h("td", {class: `number ${value ? "" : "quieter"}`}, value.toLocaleString("en"));
}

/** Dead letters, with one press to have them done again. */
class Letters {
  #seen = -1;

  constructor(again) {
    this.again = again;
    this.body = h("div");
    this.element = section("Dead letters", this.body);
  }

  /** Show them, if there are others than before. @param {number} number @param {AbortSignal} signal */
  async look(number, signal) {
    if (number === 0) return this.#empty();
    const page = await attempt(() => ask("GET", "/v1/operations/dead?limit=100", undefined, {signal}));
    if (!page) return;
    const seen = page.letters.map(letter => letter.id).join();
    if (seen === this.#seen) return;
    this.#seen = seen;
    const all = h("button", {type: "button", onclick: () => this.#settle("replay", {every: true})}, "Replay all");
    fill(
      this.body, h("div", {class: "row end"}, all),
      table("Dead letters", ["When", "Service", "Why", "Asset", h("span", {class: "unseen"}, "Act")], page.letters.map(letter => this.#row(letter))),
      page.next_after !== null && h("p", {class: "hint"}, "These are the first 100."));
  }

  #empty() {
    this.#seen = -1;
    fill(this.body, h("p", {class: "quieter"}, "There are none: nothing was given up."));
  }

  #row(letter) {
    const act = (text, what) => h(
      "button", {type: "button", onclick: () => this.#settle(what, {ids: [letter.id]}), "aria-label": `${text} letter ${letter.id}`}, text);
    return h(
      "tr", {"data-letter": letter.id}, h("td", {class: "nowrap", title: moment(letter.at)}, ago(letter.at)), h("th", {scope: "row"}, letter.service),
      h("td", {class: "why"}, h("code", {}, letter.code || letter.reason), " ", letter.message),
      h("td", {}, letter.asset_id && h("a", {href: `/assets/${letter.asset_id}`}, letter.asset_id.slice(0, 8))),
      h("td", {}, h("div", {class: "row nowrap"}, act("Replay", "replay"), act("Drop", "drop"))));
  }

  async #settle(what, letters) {
    await attempt(async () => {
      const {done, refused} = await ask("POST", `/v1/operations/dead/${what}`, letters);
      say(`${count(done.length, "letter")} ${what === "drop" ? "dropped" : "replayed"}.`);
      for (const one of refused) say(`Letter ${one.id}: ${one.message}`, "bad");
      await this.again();
    });
  }
}

customElements.define("headrace-operations", Operations);
