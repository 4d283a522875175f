// What can be done to the assets that are selected.

import {ask} from "../api.js";
import {dialog, field} from "../dialog.js";
import {attempt, fill, h, say} from "../dom.js";
import {count} from "../format.js";
import {may} from "../session.js";

const MOST_AT_ONCE = 100;

/**
 * The bar with what can be done to a selection.
 *
 * @param {{who: import("../session.js").Identity, isTrash: boolean, chosen: () => string[], clear: () => void, all: () => void}} given
 * @returns {{element: HTMLElement, draw: () => void}}
 */
export function actsBar({who, isTrash, chosen, clear, all}) {
  const told = h("strong", {role: "status"});
  const act = (text, run, kind = "") => h("button", {type: "button", class: kind, onclick: () => attempt(run)}, text);
  const batch = (action, done, more = {}) => async () => {
    const ids = chosen(), results = [];
    for (let at = 0; at < ids.length; at += MOST_AT_ONCE) {
      const answer = await ask("POST", "/v1/assets/batch", {action, asset_ids: ids.slice(at, at + MOST_AT_ONCE), ...more});
      results.push(...answer.results);
    }
    tellResults(results, done);
    clear();
  };
  const acts = isTrash
    ? [
      act("Restore", batch("restore", "restored")),
      may(who, "admin") && act("Delete for ever", () => purge(chosen(), clear), "danger"),
    ]
    : [
      act("Tag…", () => retag(batch)),
      act("Make again", batch("retry", "being made again")),
      act("Delete", batch("delete", "moved to the trash"), "danger"),
    ];
  const element = h(
    "section", {class: "acts", "aria-label": "Selection", hidden: true}, told, acts,
    h("button", {type: "button", class: "quiet", onclick: all}, "Select all"),
    h("button", {type: "button", class: "quiet", onclick: clear}, "Clear"));
  const draw = () => {
    const number = chosen().length;
    element.hidden = number === 0;
    fill(told, `${number} selected`);
  };
  return {element, draw};
}

function tellResults(results, done) {
  const refused = results.filter(result => !result.done);
  const worked = results.length - refused.length;
  if (worked) say(`${count(worked, "asset")} ${done}.`);
  for (const detail of new Set(refused.map(result => result.detail))) {
    say(`${count(refused.filter(result => result.detail === detail).length, "asset")} refused: ${detail}`, "bad");
  }
}

async function purge(ids, clear) {
  const what = count(ids.length, "asset");
  const warning = h("p", {}, `${what} and their originals will be gone. Nothing brings them back.`);
  await dialog("Delete for ever?", [warning], "Delete for ever", async () => {
    for (const id of ids) await ask("DELETE", `/v1/assets/${id}?purge=true`);
    say(`${what} deleted for ever.`);
    clear();
  });
}

async function retag(batch) {
  await dialog("Tags", [
    h("p", {class: "hint"}, "Several tags are separated by commas."),
    field("Add", {name: "add", autocomplete: "off"}), field("Remove", {name: "remove", autocomplete: "off"}),
  ], "Change tags", async given => {
    const [add_tags, remove_tags] = ["add", "remove"].map(
      name => String(given.get(name)).split(",").map(tag => tag.trim()).filter(Boolean));
    await batch("tag", "tagged", {add_tags, remove_tags})();
  });
}
