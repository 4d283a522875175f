// Numbers, times and states as people read them.

export const STATES = {
  waiting: "Waiting for its file", processing: "Being made", playable: "Playable", ready: "Ready", failed: "Failed", deleted: "In the trash",
};

const UNITS = ["B", "kB", "MB", "GB", "TB"];

/** 12_345_678 → "12.3 MB" @param {number} count */
export function bytes(count) {
  const power = count < 1000 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log10(count) / 3));
  const value = count / 1000 ** power;
  return `${power && value < 100 ? value.toFixed(1) : Math.round(value)} ${UNITS[power]}`;
}

/** Bits per second: 2_400_000 → "2.4 Mbit/s" @param {number} bps */
export function bitrate(bps) {
  return bps < 1e6 ? `${Math.round(bps / 1e3)} kbit/s` : `${(bps / 1e6).toFixed(1)} Mbit/s`;
}

/** A time in a film: 83.4 → "1:23", 3700 → "1:01:40" @param {number} seconds */
export function clock(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const two = number => String(number).padStart(2, "0");
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  return hours ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}

/** A time to the millisecond: 83.4 → "1:23.400" @param {number} seconds */
export function exactClock(seconds) {
  const milliseconds = Math.round(1000 * seconds);
  return `${clock(milliseconds / 1000)}.${String(milliseconds % 1000).padStart(3, "0")}`;
}

/** The time that somebody wrote, null where it is none: "1:23.4" → 83.4, "83,4" → 83.4 @param {string} text */
export function secondsOf(text) {
  if (!/^\s*(\d+:){0,2}\d+([.,]\d{1,3})?\s*$/.test(text)) return null;
  const seconds = text.replace(",", ".").split(":").reduce((sum, part) => 60 * sum + Number(part), 0);
  return Math.round(1000 * seconds) / 1000;
}

const LANGUAGES = new Intl.DisplayNames("en", {type: "language"});

/** What a language is called: "pt-BR" → "Brazilian Portuguese" @param {string} tag BCP 47 */
export function languageName(tag) {
  if (tag === "und") return "Unknown language";
  try {
    return LANGUAGES.of(tag) ?? tag;
  } catch {
    return tag; // by its shape it is no tag
  }
}

/** How long something takes: 0.42 → "420 ms", 95 → "1 min 35 s" @param {number} seconds */
export function lasting(seconds) {
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 60) return `${seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  if (seconds < 600) return `${Math.floor(seconds / 60)} min ${Math.floor(seconds % 60)} s`;
  return minutes < 90 ? `${minutes} min` : `${Math.round(minutes / 60)} h`;
}

const RELATIVE = new Intl.RelativeTimeFormat("en", {numeric: "auto"});
const STEPS = /** @type {[Intl.RelativeTimeFormatUnit, number][]} */ ([
  ["minute", 60], ["hour", 3600], ["day", 86_400], ["week", 604_800], ["month", 2_629_800], ["year", 31_557_600]]);

/** When it was: "5 minutes ago" @param {string} at ISO 8601 */
export function ago(at) {
  const seconds = (Date.parse(at) - Date.now()) / 1000;
  if (Math.abs(seconds) < 60) return "just now";
  const [unit, length] = STEPS.findLast(([, step]) => Math.abs(seconds) >= step) ?? STEPS[0];
  return RELATIVE.format(Math.round(seconds / length), unit);
}

/** The moment in full, in the reader's own time zone. @param {string} at ISO 8601 */
export function moment(at) {
  return new Date(at).toLocaleString(undefined, {dateStyle: "medium", timeStyle: "medium"});
}

/** 0.4217 → "42 %" @param {number} share */
export function percent(share) {
  return `${Math.floor(100 * share)} %`;
}

/** "1 file", "2 files" @param {number} number @param {string} one @param {string} [many] */
export function count(number, one, many = `${one}s`) {
  return `${number.toLocaleString("en")} ${number === 1 ? one : many}`;
}
