import {View} from "./dom.js";
customElements.define("headrace-operations", class extends View {});
