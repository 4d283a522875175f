// A player alone, for the frames of other pages: `/embed/<playback id>`, with `?token=…` where playback is signed.

import {ask} from "./api.js";
import {fill, h, pause} from "./dom.js";
import "./player/player.js";
import {markedWith} from "./player/watermark.js";

const SOON_MS = 2000;

async function start() {
  const place = h("main", {});
  fill(document.body, place);
  const id = location.pathname.split("/").pop(), wanted = new URLSearchParams(location.search);
  const query = wanted.has("token") ? `?token=${encodeURIComponent(wanted.get("token") ?? "")}` : "";
  for (;;) {
    try {
      const {title, duration_s: length, playback, watermark} = await ask("GET", `/v1/playback/${id}${query}`);
      if (playback.hls) {
        if (title) document.title = title;
        fill(place, h("headrace-player", {
          src: playback.hls, poster: playback.poster, storyboard: playback.storyboard, length, label: title, remember: id,
          autoplay: wanted.has("autoplay"), muted: wanted.has("muted"), ...markedWith(watermark),
        }));
        return;
      }
      fill(place, h("p", {class: "embed-word", role: "status"}, "The video is being made; it plays in a moment."));
    } catch (error) {
      fill(place, h("p", {class: "embed-word", role: "alert"}, error.message));
      if (error.status >= 400 && error.status < 500 && error.status !== 429) return;
    }
    await pause(SOON_MS);
  }
}

start();
