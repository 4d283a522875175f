// The page: finds out who looks at it, and shows the part that belongs to the address. No part is loaded before it is shown.

import {identity, signOut} from "./api.js";
import {attempt, fill, h} from "./dom.js";
import {may} from "./session.js";
import "./uploads.js";

/**
 * A part of the page: which addresses it has, the module that defines its element, and the element with its attributes.
 * @type {{path: RegExp, load: () => Promise<any>, element: (found: RegExpMatchArray) => [string, Record<string, any>?]}[]}
 */
const PARTS = [
  {path: /^\/$/, load: () => import("./library.js"), element: () => ["headrace-library"]},
  {
    path: /^\/assets\/([a-z0-9]+)$/,
    load: () => import("./asset.js"),
    element: ([, id]) => ["headrace-asset", {"asset-id": id}],
  },
  {path: /^\/operations$/, load: () => import("./operations.js"), element: () => ["headrace-operations"]},
  {path: /^\/sign-in$/, load: () => import("./sign-in.js"), element: () => ["headrace-sign-in"]},
];
const SIGN_IN = "/sign-in";

/** @type {import("./session.js").Identity | null} */
let viewer = null;
const place = h("main", {id: "main", tabindex: -1});
const bar = h("header", {class: "bar"});
const uploads = h("div", {class: "uploads-place"});

/** Return who looks at the page. */
export function who() {
  return viewer;
}

/** Let files be chosen and upload them. */
export function upload() {
  /** @type {any} */ (document.querySelector("headrace-uploads"))?.choose();
}

/** Go to another part of the page. @param {string} address @param {{replace?: boolean}} [how] */
export async function go(address, {replace = false} = {}) {
  history[replace ? "replaceState" : "pushState"](null, "", address);
  await show();
}

/** Look anew who is signed in, and go on to where they wanted. */
export async function enter() {
  viewer = await identity();
  const wanted = new URLSearchParams(location.search).get("next") ?? "/";
  await go(wanted.startsWith("/") && !wanted.startsWith("//") ? wanted : "/", {replace: true});
}

function partHere() {
  return PARTS.find(part => part.path.test(location.pathname));
}

async function show() {
  if (!viewer && location.pathname !== SIGN_IN) {
    history.replaceState(null, "", `${SIGN_IN}?next=${encodeURIComponent(location.pathname + location.search)}`);
  }
  const part = partHere();
  if (!part) return fill(place, h("p", {class: "empty"}, "There is no such page. ", h("a", {href: "/"}, "To the library")));
  await part.load();
  drawBar();
  drawUploads();
  fill(place, h(...part.element(/** @type {RegExpMatchArray} */ (location.pathname.match(part.path)))));
  if (document.activeElement === document.body) place.focus({preventScroll: true});
}

/** Uploads go on while other parts of the page are shown, as long as the same person looks. */
function drawUploads() {
  const owner = viewer && may(viewer, "write") ? `${viewer.tenant}/${viewer.subject}` : "";
  if ((uploads.firstElementChild?.getAttribute("owner") ?? "") === owner) return;
  fill(uploads, owner && h("headrace-uploads", {owner}));
}

function drawBar() {
  const isTrash = new URLSearchParams(location.search).get("state") === "deleted";
  const here = location.pathname === "/" && isTrash ? "/?state=deleted" : location.pathname;
  const link = (address, text) => h("a", {href: address, "aria-current": here === address && "page"}, text);
  fill(
    bar,
    h("a", {class: "brand", href: "/"}, h("img", {src: document.querySelector("link[rel=icon]").href, alt: ""}), "Headrace"),
    viewer && h(
      "nav", {"aria-label": "Main"}, link("/", "Library"), link("/?state=deleted", "Trash"),
      viewer.operator && may(viewer, "admin") && link("/operations", "Operations")),
    viewer && h("button", {class: "quiet", onclick: leave}, "Sign out"));
}

async function leave() {
  await attempt(signOut);
  viewer = null;
  await go(SIGN_IN);
}

function follow(event) {
  const link = event.target.closest?.("a[href]");
  const isOther = event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey;
  if (!link || isOther || link.target || link.download || link.origin !== location.origin) return;
  if (!PARTS.some(part => part.path.test(link.pathname))) return;
  event.preventDefault();
  scrollTo(0, 0);
  go(link.pathname + link.search);
}

async function start() {
  document.body.append(
    h("a", {class: "skip", href: "#main"}, "To the content"), bar, uploads, place,
    h("div", {id: "said", role: "status", "aria-live": "polite"}));
  document.addEventListener("click", follow);
  document.addEventListener("headrace:signed-out", () => {
    viewer = null;
    show();
  });
  addEventListener("popstate", show);
  drawBar();
  // While it is asked who looks, what they most likely see is on its way.
  partHere()?.load().catch(() => {});
  viewer = (await attempt(identity)) ?? null;
  await show();
}

start();
