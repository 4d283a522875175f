// What can be done to the assets that are selected.

import {ask} from "./api.js";
import {attempt, fill, h, say} from "./dom.js";
import {count} from "./format.js";
import {may} from "./session.js";

/**
 * The bar with what can be done to a selection.
 *
 * @param {{who: import("./session.js").Identity, isTrash: boolean, chosen: () => string[], clear: () => void}} given
 * @returns {{element: HTMLElement, draw: () => void}}
 */
export function actsBar({who, isTrash, chosen, clear}) {
  const told = h("strong", {role: "status"});
  const act = (text, run, kind = "") => h("button", {type: "button", class: kind, onclick: () => attempt(run)}, text);
  const batch = (action, done, more = {}) => async () => {
    const {results} = await ask("POST", "/v1/assets/batch", {action, asset_ids: chosen(), ...more});
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
  const isSure = await dialog("Delete for ever?", [
    h("p", {}, `${count(ids.length, "asset")} and their originals will be gone. Nothing brings them back.`),
  ], "Delete for ever");
  if (!isSure) return;
  for (const id of ids) await ask("DELETE", `/v1/assets/${id}?purge=true`);
  say(`${count(ids.length, "asset")} deleted for ever.`);
  clear();
}

async function retag(batch) {
  const field = (name, text) => h("label", {class: "field"}, h("span", {}, text), h("input", {name, autocomplete: "off"}));
  const given = await dialog("Tags", [
    h("p", {class: "hint"}, "Several tags are separated by commas."), field("add", "Add"), field("remove", "Remove"),
  ], "Change tags");
  if (!given) return;
  const [add_tags, remove_tags] = ["add", "remove"].map(
    name => String(given.get(name)).split(",").map(tag => tag.trim()).filter(Boolean));
  await batch("tag", "tagged", {add_tags, remove_tags})();
}

/** Ask something; null when it is cancelled. @returns {Promise<FormData | null>} */
function dialog(title, content, yes) {
  const form = h(
    "form", {method: "dialog"}, h("h2", {id: "asked"}, title), content,
    h("div", {class: "row end"}, h("button", {value: "no", formnovalidate: true}, "Cancel"), h("button", {class: "primary", value: "yes"}, yes)));
  const element = h("dialog", {"aria-labelledby": "asked"}, form);
  document.body.append(element);
  element.showModal();
  return new Promise(resolve => element.addEventListener("close", () => {
    element.remove();
    resolve(element.returnValue === "yes" ? new FormData(form) : null);
  }));
}
