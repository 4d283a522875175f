// For the operator: what waits where, who works, what was given up, and how store and streams are.

import {ask} from "./api.js";
import {View, attempt, fill, h, pause} from "./dom.js";
import {Letters} from "./operations/letters.js";
import {queues} from "./operations/queues.js";
import {processes, streams} from "./operations/state.js";
import {summary} from "./operations/summary.js";
import {section} from "./operations/table.js";

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

customElements.define("headrace-operations", Operations);
