// The text of one track: read, corrected and saved. What somebody wrote is theirs until they drop it themselves.

import {ask} from "../api.js";
import {attempt, fill, h, say} from "../dom.js";
import {count, languageName} from "../format.js";
import {conflict} from "./conflict.js";
import {CueList} from "./cue_list.js";
import {areSame, inOrder, merged, webvtt} from "./cues.js";
import {draftName, draftOf, forgetDraft, keepDraft} from "./drafts.js";
import {readVersion, saveVersion} from "./version.js";

const KEPT = "Not saved yet; this browser keeps what you wrote.";
const NOT_KEPT = "Not saved yet, and too long for this browser to keep: save before you leave.";
const AGAIN = "What you wrote before and did not save is here again.";
const OTHERS = "Somebody else saved this track meanwhile. What you wrote stays; when you save, you are asked what to do.";
const GONE = 404, CHANGED = 412;

export class CueEditor {
  #base = []; #etag = ""; #version = 0; #draft = ""; #isLate = false;
  /** The document of the track that is shown. */
  track = null;

  /** @param {import("../asset/panel.js").Page} page @param {() => void} closed hears that somebody closed it */
  constructor(page, closed) {
    this.page = page;
    this.title = h("h3", {tabindex: -1});
    this.told = h("p", {class: "hint", role: "status"});
    this.asked = h("div", {role: "alert"});
    this.list = new CueList(page, () => this.#changed());
    const act = (text, run, kind = "") => h("button", {type: "button", class: kind, onclick: run}, text);
    this.saving = act("Save", () => this.save(), "primary");
    this.dropping = act("Drop changes", () => this.#drop());
    const close = act("Close", () => {
      this.close();
      closed();
    });
    this.element = h("section", {class: "cue-editor", "aria-label": "Cues", hidden: true}, this.title,
      h("div", {class: "row"}, page.mayWrite && [this.saving, this.dropping, act("Add a cue", () => this.list.add(page.now()))], close),
      this.told, this.asked, this.list.element);
  }

  /** Show a track's cues, with what was changed and not saved before. @param {any} track its document */
  async open(track) {
    this.track = track;
    this.#draft = draftName(this.page, track.track);
    fill(this.title, track.name || languageName(track.language));
    fill(this.asked);
    const read = await attempt(() => this.#get());
    if (!read || this.track !== track) return;
    const draft = this.page.mayWrite ? draftOf(this.#draft) : null;
    this.#take(draft ?? read, draft?.cues);
    if (draft) this.#tell(AGAIN);
    this.element.hidden = false;
    this.title.focus({preventScroll: true});
  }

  close() {
    this.element.hidden = true;
    this.track = null;
  }

  /** Hear how the track is by now. @param {any} track undefined when it is gone */
  async show(track) {
    if (this.element.hidden) return;
    if (!track) return this.isChanged ? undefined : this.close();
    const isNewer = track.version > this.#version;
    if (isNewer && this.isChanged) return this.#tell(OTHERS);
    if (!isNewer && (this.isChanged || !this.#isLate || track.version < this.#version)) return;
    const told = this.told.textContent, read = await attempt(() => this.#get());
    if (!read || this.track?.track !== track.track || this.isChanged) return;
    this.#take(read);
    if (!isNewer) this.#tell(told);
  }

  /** Show what is said at a time. @param {number} seconds */
  at(seconds) {
    if (this.track) this.list.at(seconds);
  }

  get isChanged() {
    return this.track !== null && !areSame(this.list.cues, this.#base);
  }

  /** Save what was written as the next version, if nobody else saved one since. */
  async save() {
    const {wrong} = this.list, cues = inOrder(this.list.cues);
    if (wrong) {
      wrong.edit();
      return say(wrong.trouble, "bad");
    }
    if (!cues.length) return say("No cue would be left. To take the whole track away, delete it.", "bad");
    this.saving.disabled = true;
    try {
      this.#saved(await saveVersion(this.#path, this.#etag, cues));
    } catch (error) {
      if (error.status === CHANGED || error.status === GONE) await attempt(() => this.#resolve(error.status));
      else say(`${error.message} What you wrote is still here.`, "bad");
    }
    this.#allow();
  }

  #saved(version) {
    // Somebody may have gone on writing.
    const now = this.list.cues;
    if (!areSame(inOrder(now), version.base)) {
      this.#take(version, now);
      return this.#changed();
    }
    forgetDraft(this.#draft);
    this.#take(version);
    // How the gateway wrote it down is read as soon as its catalog says so.
    this.#isLate = true;
    this.#tell(`Saved as version ${version.version}. The player shows it in a moment.`);
  }

  get #path() {
    return `${this.page.path}/captions/${this.track.track}`;
  }

  #get() {
    return readVersion(this.#path, this.page.signal);
  }

  /** Go on from a version, with cues that may be others than its own. */
  #take({etag, version, base}, cues = base) {
    [this.#etag, this.#version, this.#base, this.#isLate] = [etag, version, base, false];
    fill(this.asked);
    this.list.draw(cues);
    this.#tell(`${count(cues.length, "cue")}, version ${version}.`);
    this.#allow();
  }

  /** Somebody else was faster: ask what is to become of what was written. */
  async #resolve(status) {
    const mine = inOrder(this.list.cues), theirs = status === GONE ? null : await this.#get();
    const both = theirs && merged(this.#base, mine, theirs.base);
    const go = cues => () => {
      this.#take(theirs, cues);
      return this.save();
    };
    const drop = () => {
      forgetDraft(this.#draft);
      if (theirs) this.#take(theirs);
      else this.close();
    };
    const anew = async () => {
      const {language, name} = this.track;
      await ask("POST", `${this.page.path}/captions`, {text: webvtt(mine), language, name});
      say("What you wrote is a track of its own.");
      drop();
    };
    fill(this.asked, conflict({mine, theirs, both: both && go(both), replace: theirs && go(mine), anew, drop}));
    this.asked.querySelector("button").focus();
  }

  #drop() {
    const dropped = this.list.cues, again = h("button", {type: "button", onclick: () => {
      this.list.draw(dropped);
      this.#changed();
    }}, "Bring them back");
    this.list.draw(this.#base);
    this.#changed();
    fill(this.told, "Your changes are dropped. ", again);
    again.focus();
  }

  #changed() {
    const {isChanged} = this;
    if (!isChanged) forgetDraft(this.#draft);
    const {name, language} = this.track, written = {etag: this.#etag, version: this.#version, base: this.#base, cues: this.list.cues};
    const kept = isChanged && keepDraft(this.#draft, {name, language, ...written});
    this.#tell(!isChanged ? "Nothing is changed." : kept ? KEPT : NOT_KEPT);
    this.#allow();
  }

  #tell(text) {
    // Screen readers say only what is new.
    if (this.told.textContent !== text) fill(this.told, text);
  }

  #allow() {
    this.saving.disabled = this.dropping.disabled = !this.isChanged;
  }
}
