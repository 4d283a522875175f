// Why something does not play, as sentences for people.

/** @typedef {import("./stream.js").Trouble} Trouble */

/** @type {Trouble} */
export const NETWORK = {
  code: "network_away",
  message: "The video does not arrive. Look whether the network is there, then try again.",
  passes: true,
};

/** @type {Trouble} */
export const UNPLAYABLE = {
  code: "unplayable",
  message: "This browser cannot play the video. Try a current version of Chrome, Edge, Firefox or Safari.",
  passes: true,
};

/** @type {Trouble} */
export const NOT_YET = {
  code: "not_yet",
  message: "This browser plays the video once all of it is made; it begins by itself then.",
  passes: false,
};

const OF_STATUS = {
  401: ["refused", "The link does not open this video any more; ask whoever gave it to you for another."],
  403: ["refused", "The link does not open this video any more; ask whoever gave it to you for another."],
  404: ["gone", "The video is not there: it was deleted, or another version took its place. Load the page anew."],
  410: ["gone", "The video is not there any more."],
  429: ["busy", "Too many people ask at once; try again in a moment."],
};

/** Say whether the same request may be answered another time. */
export function mayPass({response}) {
  return !(response?.code in OF_STATUS) || response.code === 429;
}

/** Say what a fatal error of hls.js means. @returns {Trouble} */
export function troubleOf({type, response}) {
  const [code, message] = OF_STATUS[response?.code] ?? [];
  if (code) return {code, message, passes: true};
  if (response?.code >= 500) {
    return {code: "store_away", message: "The store that holds the video does not answer; try again soon.", passes: true};
  }
  return type === "networkError" ? NETWORK : UNPLAYABLE;
}
