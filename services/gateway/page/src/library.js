import {View} from "./dom.js";
customElements.define("headrace-library", class extends View {});
