// Title, description and tags, to be edited.

import {ask} from "../api.js";
import {attempt, h, say} from "../dom.js";
import {panel} from "./panel.js";

/** @param {import("./panel.js").Page} page */
export function description(page) {
  const part = ({state, title, name, description: text, tags}) => state === "deleted" ? null : {title, name, text, tags};
  return panel("About", part, ({title, name, text, tags}) => {
    const field = (label, input) => h("label", {class: "field"}, h("span", {}, label), input);
    const inputs = {
      title: h("input", {value: title, maxlength: 200, placeholder: name}),
      text: h("textarea", {rows: 3, maxlength: 5000}, text),
      tags: h("input", {value: tags.join(", "), placeholder: "holiday, sea"}),
    };
    const save = async event => {
      event.preventDefault();
      const wanted = [...new Set(inputs.tags.value.split(",").map(tag => tag.trim()).filter(Boolean))];
      await attempt(async () => {
        await ask("PATCH", page.path, {title: inputs.title.value.trim(), description: inputs.text.value, tags: wanted});
        say("Saved.");
        await page.look();
      });
    };
    return h("form", {onsubmit: save}, field("Title", inputs.title), field("Description", inputs.text),
      field("Tags, with commas between them", inputs.tags), h("button", {class: "primary"}, "Save"));
  });
}
