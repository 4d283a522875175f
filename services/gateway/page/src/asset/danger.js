// Into the trash and out of it.

import {ask} from "../api.js";
import {attempt, h, say} from "../dom.js";
import {moment} from "../format.js";
import {once, panel} from "./panel.js";

/** @param {import("./panel.js").Page} page */
export function danger(page) {
  const act = (method, path, done) => () => attempt(async () => {
    await ask(method, `${page.path}${path}`);
    say(done);
    await page.look();
  });
  return panel("Trash", ({state, purge_at}) => page.mayWrite ? {isDeleted: state === "deleted", purge_at} : null, ({isDeleted, purge_at}) => isDeleted
    ? [
      h("p", {class: "hint"}, `It does not play. It can be restored until ${moment(purge_at)}.`),
      once("Restore", act("POST", "/restore", "It is back, and plays again in a moment."), {class: "primary"}),
    ]
    : [
      h("p", {class: "hint"}, "What is in the trash does not play, and can be restored for 30 days."),
      once("Move to the trash", act("DELETE", "", "It is in the trash."), {class: "danger"}),
    ]);
}
