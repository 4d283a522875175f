// Where in an asset the words are said that were searched for: each leads to its moment.

import {h} from "../dom.js";
import {clock} from "../format.js";
import {wordsOf} from "./wishes.js";

/**
 * @param {string} id  the asset's
 * @param {{track: string, start_s: number, text: string}[]} matches
 * @param {string} wanted  what was searched for
 */
export function matchList(id, matches, wanted) {
  return matches.map(({track, start_s: start, text}) => {
    const address = `/assets/${id}?${new URLSearchParams({t: String(start), track})}`;
    return h("li", {}, h("a", {href: address}, h("span", {class: "card-at"}, clock(start)), h("span", {}, marked(text, wordsOf(wanted)))));
  });
}

/** Text with those words marked that begin as one that is wanted. */
function marked(text, beginnings) {
  return text.split(/([\p{L}\p{N}]+)/u).map((piece, index) => {
    const isWanted = index % 2 === 1 && beginnings.some(beginning => piece.toLowerCase().startsWith(beginning));
    return isWanted ? h("mark", {}, piece) : piece;
  });
}
