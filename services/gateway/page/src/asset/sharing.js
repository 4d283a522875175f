// Where the asset is played: to be copied.

import {h, say} from "../dom.js";
import {panel} from "./panel.js";

export function sharing() {
  const part = ({asset_id: id, playback}) => playback.hls ? {id, playback} : null;
  return panel("Share", part, ({id, playback}) => {
    const address = new URL(`/embed/${id}`, location.href).href;
    const isSigned = playback.policy === "signed";
    const source = isSigned ? `${address}?token={token}` : address;
    const frame = `<iframe src="${source}" width="640" height="360" style="border:0" allow="autoplay; fullscreen; picture-in-picture" allowfullscreen></iframe>`;
    return [
      isSigned && h("p", {class: "hint"}, "Its playback is signed: put a token where ", h("code", {}, "{token}"), " stands."),
      copyable("Embed code", frame), copyable("Player page", source), copyable("HLS", playback.hls),
      playback.dash && copyable("DASH", playback.dash),
    ];
  });
}

function copyable(label, text) {
  const input = h("input", {value: text, readonly: true, "aria-label": label, onfocus: () => input.select()});
  const copy = async () => {
    // Without a secure origin there is no clipboard; what is selected can be copied by hand.
    input.select();
    await (navigator.clipboard?.writeText(text) ?? Promise.reject()).then(
      () => say(`${label} copied.`), () => say("Press Ctrl+C, or ⌘C, to copy what is selected."));
  };
  return h("div", {class: "field"}, h("span", {}, label),
    h("div", {class: "asset-copy"}, input, h("button", {type: "button", "aria-label": `Copy: ${label}`, onclick: copy}, "Copy")));
}
