// Which language it is, chosen or written.

import {field} from "../dialog.js";
import {h} from "../dom.js";
import {languageName} from "../format.js";

const COMMON = ["ar", "bg", "cs", "da", "de", "el", "en", "es", "fa", "fi", "fr", "he", "hi", "hu", "id", "it", "ja", "ko", "nl", "no", "pl", "pt", "ro", "ru", "sk", "sr", "sv", "th", "tr", "uk", "vi", "zh"];
const TAG = "[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,4}";

/**
 * A field for a language's tag, which offers common ones by name.
 * @param {string} value @param {{isOptional?: boolean, hint?: string}} [how]
 */
export function languageField(value, {isOptional = false, hint = "A tag such as de, en or pt-BR; und where it is not known."} = {}) {
  const offered = COMMON.map(tag => h("option", {value: tag}, languageName(tag)));
  const entered = {
    name: "language", value, list: "languages", pattern: TAG, maxlength: 35, required: !isOptional, autocomplete: "off", spellcheck: "false",
  };
  return field("Language", entered, hint, h("datalist", {id: "languages"}, offered));
}
