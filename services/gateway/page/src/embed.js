// A player alone, for the frames of other pages.

import {fill, h} from "./dom.js";

fill(document.body, h("main", {}, h("p", {}, "There is nothing to play here.")));
