// How fast something goes.

const OVER_MS = 5000;

export class Speed {
  /** @type {{at: number, sent: number}[]} */
  #samples = [];

  /** Note how many bytes have gone by now. @param {number} sent */
  note(sent) {
    const at = performance.now();
    this.#samples = [...this.#samples.filter(sample => sample.at > at - OVER_MS), {at, sent}];
  }

  /** Over the last few seconds; 0 while it is not known. */
  get bytesPerSecond() {
    const first = this.#samples[0], last = this.#samples.at(-1);
    return first && last && last.at > first.at ? Math.max(0, (1000 * (last.sent - first.sent)) / (last.at - first.at)) : 0;
  }
}
