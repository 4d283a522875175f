// What the library is to show: read from the address, sent to the gateway, and held against assets that change.

/** @typedef {{q: string, state: string, kind: string, tag: string}} Wishes */

/** @param {string} search the address's query @returns {Wishes} */
export function wishesOf(search) {
  const told = new URLSearchParams(search);
  const [q, state, kind, tag] = ["q", "state", "kind", "tag"].map(name => told.get(name) ?? "");
  return {q, state, kind, tag};
}

/** Return wishes as a query, without what is empty. @param {Record<string, string | number | null>} wishes */
export function queryOf(wishes) {
  const told = new URLSearchParams(Object.entries(wishes).filter(([, value]) => value).map(([name, value]) => [name, String(value)]));
  return told.size ? `?${told}` : "";
}

/** @param {string} text @returns {string[]} */
export function wordsOf(text) {
  return text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
}

/**
 * Tell whether an asset is among those that are wished for, as the gateway would. What is said in it, only the gateway
 * knows: what it has `listed` for these words is one of them.
 *
 * @param {Wishes} wishes @param {any} asset @param {boolean} listed
 */
export function isWished({q, state, kind, tag}, asset, listed) {
  const own = wordsOf(`${asset.title} ${asset.name}`);
  return (state ? asset.state === state : asset.state !== "deleted")
    && (!kind || asset.kind === kind)
    && (!tag || asset.tags.includes(tag))
    && (listed || wordsOf(q).every(word => own.some(one => one.startsWith(word))));
}
