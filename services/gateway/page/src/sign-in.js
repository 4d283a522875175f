// Signing in: with e-mail address and password, or with a key.

import {identity, signIn} from "./api.js";
import {View, fill, h} from "./dom.js";
import {enter} from "./main.js";
import {keepKey} from "./session.js";

class SignIn extends View {
  show() {
    document.title = "Sign in · Headrace";
    fill(
      this,
      h(
        "div", {class: "doors"},
        h("h1", {}, "Sign in"),
        door("user", "With a password", [
          field("E-mail", {type: "email", name: "email", autocomplete: "username", required: true}),
          field("Password", {type: "password", name: "password", autocomplete: "current-password", required: true}),
        ], async ({email, password}) => signIn(email, password)),
        door("key", "With a key", [
          field("Key", {
            type: "password", name: "key", autocomplete: "off", required: true, placeholder: "hr_…", spellcheck: "false",
          }),
          h(
            "p", {class: "hint"}, "Started Headrace just now? Its first key lies beside it: ",
            h("code", {}, "cat .headrace/admin-key"), ". The key is forgotten when this tab is closed."),
        ], async ({key}) => useKey(key.trim()))));
  }
}

async function useKey(key) {
  if (!/^[\x21-\x7e]+$/.test(key)) throw new Error("This is no key; a key looks like hr_0123….");
  keepKey(key);
  if (!(await identity())) throw new Error("This key is not known here, or was revoked.");
}

function door(name, title, fields, pass) {
  const trouble = h("p", {class: "trouble", role: "alert"});
  const knock = async event => {
    event.preventDefault();
    const button = event.target.querySelector("button");
    button.disabled = true;
    fill(trouble);
    try {
      await pass(Object.fromEntries(new FormData(event.target)));
      await enter();
    } catch (error) {
      fill(trouble, error.message);
    } finally {
      button.disabled = false;
    }
  };
  return h(
    "form", {class: "door", "data-door": name, onsubmit: knock},
    h("h2", {}, title), fields, trouble, h("button", {class: "primary"}, "Sign in"));
}

function field(label, attributes) {
  return h("label", {class: "field"}, h("span", {}, label), h("input", attributes));
}

customElements.define("headrace-sign-in", SignIn);
