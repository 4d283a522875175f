// One asset: what it is and how far it is.

import {ask} from "./api.js";
import {View, attempt, fill, h} from "./dom.js";

class Asset extends View {
  async show(leaving) {
    const asset = await attempt(() => ask("GET", `/v1/assets/${this.getAttribute("asset-id")}`, undefined, {signal: leaving}));
    if (!asset) return;
    document.title = `${asset.title || asset.name} · Headrace`;
    fill(this, h("h1", {}, asset.title || asset.name), h("p", {}, asset.state));
  }
}

customElements.define("headrace-asset", Asset);
