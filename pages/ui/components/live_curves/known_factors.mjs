import { decimal } from "../../browser/lib/format.mjs";

/** @import { MetricsRow } from "../../browser/lib/contract.mjs" */

/** How far the code keeps known factors apart: figures of held-out rows, 0 to 1. */
export const MEASURES = /** @type {const} */ ([
  { name: "mig", title: "MIG" },
  { name: "dci", title: "DCI" },
]);

/** More points than this the little figure cannot show. */
const MOST_POINTS = 400;

/** @typedef {{step: number, mig: number, dci: number}} Told */

/** What rows tell of factors; most tell nothing. @param {MetricsRow[]} rows @returns {Told[]} */
export const toldOf = (rows) =>
  rows.flatMap(({ step, mig, dci }) => (typeof mig === "number" && typeof dci === "number" ? [{ step, mig, dci }] : []));

/** A line in a box of 100 by 100 that all steps share, the larger the higher. @param {Told[]} told @param {"mig" | "dci"} name */
export function lineOf(told, name) {
  const last = told.at(-1)?.step || 1;
  const place = (/** @type {Told} */ each) => `${((100 * each.step) / last).toFixed(2)},${(100 * (1 - each[name])).toFixed(2)}`;
  return told.map(place).join(" ");
}

/** MIG and DCI while a model learns, in a figure that only data with known factors has. */
export class KnownFactors {
  /** @param {HTMLElement} root */
  constructor(root) {
    this.figure = /** @type {HTMLElement} */ (root.querySelector(".ls-told"));
    this.note = /** @type {HTMLElement} */ (root.querySelector(".ls-told-note"));
    this.lines = MEASURES.map(({ name }) => /** @type {SVGPolylineElement} */ (root.querySelector(`[data-told="${name}"]`)));
    /** @type {Told[]} */
    this.told = [];
    this.#show();
  }

  /** @param {MetricsRow[]} rows new ones, or all @param {boolean} isFirst whether they are all there are */
  add(rows, isFirst) {
    this.told = [...(isFirst ? [] : this.told), ...toldOf(rows)].slice(-MOST_POINTS);
    this.#show();
  }

  #show() {
    const last = this.told.at(-1);
    this.figure.hidden = !last;
    if (!last) return;
    this.note.textContent = MEASURES.map(({ name, title }) => `${title} ${decimal(last[name], 2)}${name === "dci" ? " (dashed)" : ""}`).join(", ");
    MEASURES.forEach(({ name }, index) => this.lines[index].setAttribute("points", lineOf(this.told, name)));
  }
}
