// For the operator: what waits where, who works, what was given up, and how store and streams are.

import {ask} from "./api.js";
import {View, fill, h, pause, refill} from "./dom.js";
import {Letters} from "./operations/letters.js";
import {queues} from "./operations/queues.js";
import {processes, streams} from "./operations/state.js";
import {summary} from "./operations/summary.js";

const EVERY_MS = 5000;

class Operations extends View {
  #looks = 0;

  async show(leaving) {
    document.title = "Operations · Headrace";
    const look = () => this.#look(leaving);
    this.away = h("p", {class: "away", role: "status"});
    this.summary = h("div");
    this.letters = new Letters(look);
    this.parts = {Queues: queues(look), Processes: processes(), Streams: streams()};
    const panels = Object.entries(this.parts).map(([title, {element}]) => panel(title, element));
    this.status = h("div", {hidden: true}, h("div", {class: "dead"}, panel("Dead letters", this.letters.element)), h("div", {class: "ops"}, panels));
    fill(this, h("h1", {}, "Operations"), this.away, this.summary, this.status);
    while (!leaving.aborted) {
      if (!document.hidden) await look();
      await pause(EVERY_MS, leaving);
    }
  }

  async #look(signal) {
    const look = ++this.#looks;
    const [status, health] = await Promise.all([
      ask("GET", "/v1/operations/status", undefined, {signal}).catch(error => error),
      ask("GET", "/healthz", undefined, {signal}).catch(() => ({database: "down", nats: "down"})),
    ]);
    // Somebody may have changed something and looked since.
    if (signal.aborted || look !== this.#looks) return;
    const trouble = status instanceof Error ? status.message : "";
    // Screen readers say only what is new.
    if (this.away.textContent !== trouble) fill(this.away, trouble);
    if (trouble) return;
    refill(this.summary, summary(status, health));
    for (const part of Object.values(this.parts)) part.show(status);
    this.status.hidden = false;
    await this.letters.look(status.dead.reduce((sum, one) => sum + one.letters, 0), signal);
  }
}

function panel(title, content) {
  return h("section", {class: "panel"}, h("h2", {}, title), content);
}

customElements.define("headrace-operations", Operations);
