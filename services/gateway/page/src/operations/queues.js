// What waits where, with a button that holds it back or lets it go on.

import {ask} from "../api.js";
import {attempt, h, say} from "../dom.js";
import {actHead, number, table} from "../table.js";

/** @param {() => Promise<void>} again looks anew */
export function queues(again) {
  const {element, show} = table("Queues", ["Durable", "Service", "Waiting", "At work", "Came back", "State", actHead()]);
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
      h("td", {class: "act"}, h("button", {
        type: "button", onclick: act, "data-key": durable.name, "aria-label": `${isPaused ? "Resume" : "Pause"} ${durable.name}`,
      }, isPaused ? "Resume" : "Pause")));
  };
  return {element, show: ({streams}) => show(streams.flatMap(stream => stream.durables.map(row)))};
}
