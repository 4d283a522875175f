// Who looks at the page. People have a cookie that scripts cannot read; a key that was entered is kept for this tab.

const KEY = "headrace.key";

/**
 * @typedef {Object} Identity
 * @property {string} subject
 * @property {string} tenant
 * @property {string[]} scopes
 * @property {boolean} operator
 */

/** Return the headers that say who asks: those of a key; a cookie is sent by the browser. */
export function credentials() {
  const key = sessionStorage.getItem(KEY);
  return key ? {Authorization: `Bearer ${key}`} : {};
}

/** Use a key from now on, none with null. @param {string | null} key */
export function keepKey(key) {
  if (key) sessionStorage.setItem(KEY, key);
  else sessionStorage.removeItem(KEY);
}

/** Tell whether the credentials are a key. */
export function hasKey() {
  return sessionStorage.getItem(KEY) !== null;
}

/** Tell whether somebody holds a scope; `admin` holds all. @param {Identity} identity @param {string} scope */
export function may(identity, scope) {
  return identity.scopes.includes(scope) || identity.scopes.includes("admin");
}
