// The library: all assets, newest first, and what happens to them while one looks.

import {ask} from "./api.js";
import {AssetCard} from "./library/card.js";
import {View, attempt, fill, h, icon} from "./dom.js";
import {listen} from "./events.js";
import {STATES} from "./format.js";
import {actsBar} from "./library/acts.js";
import {Lookups, NEWS} from "./library/live.js";
import {isWished, queryOf, wishesOf} from "./library/wishes.js";
import {upload, who} from "./main.js";
import {may} from "./session.js";

const PAGE = 48;
const TYPING_MS = 250;

class Library extends View {
  /** @type {Map<string, AssetCard>} */
  cards = new Map();
  /** @type {Set<string>} */
  chosen = new Set();
  /** @type {string | null} */
  cursor = null;

  show(leaving) {
    this.leaving = leaving;
    this.wishes = wishesOf(location.search);
    this.isTrash = this.wishes.state === "deleted";
    document.title = `${this.isTrash ? "Trash" : "Library"} · Headrace`;
    this.grid = h("ul", {class: "grid"});
    this.empty = h("div", {class: "empty", hidden: true});
    this.more = h("button", {type: "button", hidden: true, onclick: () => attempt(() => this.#load(this.cursor))}, "Show more");
    this.away = h("p", {class: "away", role: "status"});
    this.acts = actsBar({
      who: who(), isTrash: this.isTrash, chosen: () => [...this.chosen], clear: () => this.#choose([...this.chosen], false),
      all: () => this.#choose([...this.cards.keys()], true),
    });
    fill(this, this.#head(), this.away, this.grid, this.empty, h("div", {class: "more"}, this.more), this.acts.element);
    this.addEventListener("keydown", event => event.key === "Escape" && this.#choose([...this.chosen], false));
    this.lookups = new Lookups(leaving, (id, asset) => this.#put(id, asset));
    listen({
      types: NEWS,
      signal: leaving,
      began: () => attempt(() => this.#load(null)),
      heard: event => event.asset_id && this.lookups.want(event.asset_id, event.at),
      connected: isThere => fill(this.away, !isThere && "The connection is lost; it comes back by itself."),
    });
  }

  #head() {
    const select = (name, text, options) => h(
      "select", {"aria-label": text, onchange: event => this.#wish({[name]: event.target.value})},
      h("option", {value: ""}, text),
      Object.entries(options).map(([value, label]) => h("option", {value, selected: this.wishes[name] === value}, label)));
    const {deleted: _, ...states} = STATES;
    let typing;
    const search = h("input", {
      type: "search", "aria-label": "Search titles, names and speech", placeholder: "Search titles and speech", value: this.wishes.q, maxlength: 200,
      oninput: event => {
        clearTimeout(typing);
        typing = setTimeout(() => this.#wish({q: event.target.value.trim()}), TYPING_MS);
      },
    });
    this.tag = h("button", {type: "button", class: "tag", onclick: () => this.#wish({tag: ""})});
    this.#drawTag();
    return h(
      "div", {class: "head"}, h("h1", {}, this.isTrash ? "Trash" : "Library"),
      h(
        "div", {class: "row filters", role: "search"}, search, !this.isTrash && select("state", "All states", states),
        select("kind", "Video and sound", {video: "Video", audio: "Sound"}), this.tag),
      !this.isTrash && may(who(), "write") && h("button", {type: "button", class: "primary", onclick: upload}, icon("up"), "Upload"));
  }

  #drawTag() {
    this.tag.hidden = !this.wishes.tag;
    fill(this.tag, this.wishes.tag, icon("close"), h("span", {class: "unseen"}, "Show all tags"));
  }

  #wish(change) {
    this.wishes = {...this.wishes, ...change};
    history.replaceState(null, "", `/${queryOf(this.wishes)}`);
    this.#drawTag();
    attempt(() => this.#load(null));
  }

  async #load(cursor) {
    const wished = this.wishes;
    const page = await ask("GET", `/v1/assets${queryOf({...wished, limit: PAGE, cursor})}`, undefined, {signal: this.leaving});
    if (wished !== this.wishes) return; // somebody has gone on typing
    const shown = new Set(page.assets.map(asset => asset.asset_id));
    if (!cursor) for (const id of this.cards.keys()) if (!shown.has(id)) this.#drop(id);
    this.cursor = page.next_cursor;
    for (const asset of page.assets) {
      this.#put(asset.asset_id, asset, true);
      this.cards.get(asset.asset_id)?.tellMatches(asset.matches, wished.q);
    }
    this.#drawEmpty();
  }

  /** Show what an asset is now, in its place, or not any more; one that is not `listed` may belong to a later page. */
  #put(id, asset, listed = false) {
    const card = this.cards.get(id);
    if (!asset || !isWished(this.wishes, asset, listed || card !== undefined)) return this.#drop(id);
    if (card) return card.update(asset);
    const cards = [...this.grid.children].map(element => this.cards.get(element.dataset.asset));
    const next = cards.find(one => one.asset.created_at < asset.created_at);
    if (!next && this.cursor && !listed) return;
    const made = new AssetCard(asset, may(who(), "write") ? isChosen => this.#choose([id], isChosen) : null);
    this.cards.set(id, made);
    this.grid.insertBefore(made.element, next?.element ?? null);
    this.#drawEmpty();
  }

  #drop(id) {
    this.cards.get(id)?.element.remove();
    this.cards.delete(id);
    this.#choose([id], false);
    this.#drawEmpty();
  }

  #choose(ids, isChosen) {
    for (const id of ids) {
      if (isChosen) this.chosen.add(id);
      else this.chosen.delete(id);
      const card = this.cards.get(id);
      if (card) card.check.checked = isChosen;
    }
    this.grid.classList.toggle("choosing", this.chosen.size > 0);
    this.acts.draw();
  }

  #drawEmpty() {
    this.more.hidden = !this.cursor;
    this.empty.hidden = this.cards.size > 0;
    const {q, state, kind, tag} = this.wishes;
    const isFiltered = q || kind || tag || (state && !this.isTrash);
    const all = h("a", {href: this.isTrash ? "/?state=deleted" : "/"}, "Show everything");
    fill(this.empty, isFiltered ? ["Nothing matches. ", all] : this.isTrash ? "The trash is empty." : newcomer());
  }
}

function newcomer() {
  return h(
    "div", {class: "newcomer"}, icon("up"), h("h2", {}, "Nothing here yet"),
    h("p", {}, "Drop a video anywhere on this page, and watch it become playable."),
    may(who(), "write") && h("button", {type: "button", onclick: upload}, "Choose files"));
}

customElements.define("headrace-library", Library);
