// What was made: each rendition with its receipt.

import {h} from "../dom.js";
import {bitrate, bytes} from "../format.js";
import {table} from "../table.js";
import {panel} from "./panel.js";

const HEADS = ["Name", "Size", "Codec", "Average", "Peak", "Bytes", "Predicted", "Saved", "Likeness"];

export function renditions() {
  return panel("Renditions", ({renditions: made}) => made.length ? made : null, made => {
    const {element, show} = table("Renditions", HEADS);
    show(made.map(row));
    return element;
  });
}

function row({receipt, ...one}) {
  const cells = [
    one.width ? `${one.width} × ${one.height}` : one.channels ? `${one.channels} channels` : "",
    one.codecs,
    bitrate(one.average_bandwidth_bps),
    bitrate(one.bandwidth_bps),
    bytes(one.size_bytes),
    receipt?.predicted_bitrate_bps ? bitrate(receipt.predicted_bitrate_bps) : "–",
    receipt?.saved_bytes ? bytes(receipt.saved_bytes) : "–",
    receipt?.copied ? "the original's own" : receipt?.xpsnr_db ? `${receipt.xpsnr_db.toFixed(1)} dB` : "–",
  ];
  return h("tr", {}, h("th", {scope: "row"}, one.name), cells.map(cell => h("td", {}, cell)));
}
