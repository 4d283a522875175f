// How often something is tried again before anybody is told.

const PAUSES_MS = [1000, 2000, 4000, 8000];
const MOST_MENDS = 3;
const SAME_PLACE_S = 10;

export class Patience {
  #waits = 0;
  #mends = 0;
  #mendedAt = -Infinity;

  /** Something has arrived: the network is there. */
  arrived() {
    this.#waits = 0;
  }

  /** Return how long to wait before the network is tried again, in ms; null: it was tried often enough. */
  nextPause() {
    return PAUSES_MS[this.#waits++] ?? null;
  }

  /** Say whether the picture may be set up anew at a time; at the same place it helps a few times or never. */
  mayMend(at) {
    if (Math.abs(at - this.#mendedAt) > SAME_PLACE_S) this.#mends = 0;
    this.#mendedAt = at;
    return this.#mends++ < MOST_MENDS;
  }
}
