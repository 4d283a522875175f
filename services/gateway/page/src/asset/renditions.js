// What was made: each rendition with its receipt.

import {bitrate, bytes} from "../format.js";
import {panel, table} from "./panel.js";

export function renditions() {
  return panel("Renditions", ({renditions: made}) => made.length ? made : null, made => table(
    "Renditions", ["Name", "Size", "Codec", "Average", "Peak", "Bytes", "Predicted", "Saved", "Likeness"],
    made.map(({receipt, ...one}) => [
      one.name,
      one.width ? `${one.width} × ${one.height}` : one.channels ? `${one.channels} channels` : "",
      one.codecs,
      bitrate(one.average_bandwidth_bps),
      bitrate(one.bandwidth_bps),
      bytes(one.size_bytes),
      receipt?.predicted_bitrate_bps ? bitrate(receipt.predicted_bitrate_bps) : "–",
      receipt?.saved_bytes ? bytes(receipt.saved_bytes) : "–",
      receipt?.copied ? "the original's own" : receipt?.xpsnr_db ? `${receipt.xpsnr_db.toFixed(1)} dB` : "–",
    ])));
}
