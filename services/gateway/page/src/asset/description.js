// Title, description and tags, to be edited.

import {ask} from "../api.js";
import {attempt, h, say} from "../dom.js";

/** @param {import("./panel.js").Page} page */
export function description(page) {
  const inputs = {
    title: h("input", {maxlength: 200}),
    description: h("textarea", {rows: 3, maxlength: 5000}),
    tags: h("input", {placeholder: "holiday, sea"}),
  };
  const known = {title: "", description: "", tags: ""};
  const field = (label, input) => h("label", {class: "field"}, h("span", {}, label), input);
  const form = h("form", {onsubmit: event => {
    event.preventDefault();
    save();
  }}, field("Title", inputs.title), field("Description", inputs.description), field("Tags, with commas between them", inputs.tags),
  h("button", {class: "primary"}, "Save"));
  const read = h("p", {class: "described"});
  const element = h("section", {class: "panel", "aria-label": "About", hidden: true}, h("h2", {}, "About"), page.mayWrite ? form : read);

  const save = () => attempt(async () => {
    inputs.title.value = inputs.title.value.trim();
    inputs.tags.value = tagsOf(inputs.tags.value).join(", ");
    // What somebody else has changed meanwhile stays as it is.
    const changed = Object.entries(inputs).filter(([name, input]) => input.value !== known[name]);
    const changes = changed.map(([name, {value}]) => [name, name === "tags" ? tagsOf(value) : value]);
    await ask("PATCH", page.path, Object.fromEntries(changes));
    say("Saved.");
    await page.look();
  });

  return {
    element,
    show(asset) {
      element.hidden = asset.state === "deleted" || !page.mayWrite && !asset.description;
      read.textContent = asset.description;
      inputs.title.placeholder = asset.name;
      const now = {title: asset.title, description: asset.description, tags: asset.tags.join(", ")};
      for (const [name, input] of Object.entries(inputs)) {
        // What somebody is writing is not taken away.
        if (input.value === known[name]) input.value = now[name];
        known[name] = now[name];
      }
    },
  };
}

function tagsOf(text) {
  return [...new Set(text.split(",").map(tag => tag.trim()).filter(Boolean))];
}
