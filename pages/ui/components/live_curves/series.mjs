import { EARLY_SHARE } from "../../browser/lib/contract.mjs";

/** @import { MetricsRow, Status } from "../../browser/lib/contract.mjs" */

/** @typedef {{x: number[], y: number[]}} Line */

export const QUANTITIES = /** @type {const} */ (["reconstruction", "kl", "sum"]);
/** @typedef {typeof QUANTITIES[number]} Quantity */
/** @typedef {{quantity: Quantity, title: string}} Plot */

const PLOTS = /** @type {Plot[]} */ ([
  { quantity: "reconstruction", title: "Reconstruction" },
  { quantity: "kl", title: "KL" },
  { quantity: "sum", title: "Sum (−ELBO)" },
]);
const LONE_PLOT = /** @type {Plot[]} */ ([{ quantity: "reconstruction", title: "Loss: reconstruction alone" }]);

/** What is drawn of a run, from the top. @param {boolean} isDeterministic whether there is no KL to speak of */
export const plotsOf = (isDeterministic) => (isDeterministic ? LONE_PLOT : PLOTS);

export const SPLITS = /** @type {const} */ (["train", "held-out"]);

/** More points than this a screen cannot show and plotly not draw in time. */
export const MOST_POINTS = 5000;

/** What one quantity is in a row. @param {MetricsRow} row @param {Quantity} quantity @returns {number} */
export function valueOf({ reconstruction_nats: reconstruction = NaN, kl_nats: kl = 0 }, quantity) {
  return quantity === "sum" ? reconstruction + kl : quantity === "kl" ? kl : reconstruction;
}

/**
 * Two lines for each plot, training before held-out.
 * @param {MetricsRow[]} rows @param {Plot[]} [plots]
 * @returns {Line[]}
 */
export function lines(rows, plots = PLOTS) {
  return plots.flatMap(({ quantity }) =>
    SPLITS.map((split) => {
      const own = rows.filter((row) => row.split === split);
      return { x: own.map((row) => row.step), y: own.map((row) => valueOf(row, quantity)) };
    }),
  );
}

/**
 * How far the figures of each split have come, to notice when a run was taken back to an earlier step.
 * @typedef {Partial<Record<MetricsRow["split"], number>>} Progress
 */

/** @param {Progress} before @param {MetricsRow[]} rows new ones @returns {Progress} */
export function advanced(before, rows) {
  return rows.reduce((progress, { split, step }) => ({ ...progress, [split]: step }), before);
}

/** Whether rows begin at a step that was there before: what is drawn is then no longer the run's. */
export const goesBack = (/** @type {Progress} */ before, /** @type {MetricsRow[]} */ rows) =>
  SPLITS.some((split) => {
    const first = rows.find((row) => row.split === split);
    return first !== undefined && first.step <= (before[split] ?? -1);
  });

/**
 * Every second point of a line that has grown too long; the first and the newest stay.
 * @param {Line} line @param {number} [most]
 * @returns {Line}
 */
export function thinned(line, most = MOST_POINTS) {
  let { x, y } = line;
  while (x.length > most) {
    const last = x.length - 1;
    /** @param {unknown} _ @param {number} index */
    const stays = (_, index) => index % 2 === 0 || index === last;
    [x, y] = [x.filter(stays), y.filter(stays)];
  }
  return { x, y };
}

/**
 * The range of an axis that shows these lines: all of what came after the first steps (`EARLY_SHARE`), from a little below to a little
 * above. Without that, the fall of the first steps would press everything later into a flat line.
 * @param {Line[]} together @returns {[number, number]}
 */
export function rangeOf(together) {
  const lastStep = Math.max(0, ...together.map(({ x }) => x[x.length - 1] ?? 0));
  const late = together.flatMap(({ x, y }) => y.filter((_, index) => x[index] >= EARLY_SHARE * lastStep));
  const finite = late.filter(Number.isFinite);
  if (!finite.length) return [0, 1];
  const [low, high] = [least(finite), most(finite)];
  const room = 0.06 * (high - low) || 0.06 * Math.abs(high) || 1;
  return [low - room, high + room];
}

/** @param {number[]} values */
const least = (values) => values.reduce((a, b) => Math.min(a, b));
/** @param {number[]} values */
const most = (values) => values.reduce((a, b) => Math.max(a, b));

/**
 * What the metrics route answers. reset: the offset lay beyond the end of the file, and these are all its rows.
 * @typedef {{rows: MetricsRow[], offset: number, status: Status, reset?: boolean}} Answer
 */

/** Where in a run's metrics we are, and whether what has come before still holds: a resumed run is cut back first. */
export class Feed {
  constructor() {
    this.offset = 0;
    this.isNew = true;
    /** @type {Progress} */
    this.progress = {};
  }

  /** The next rows that are taken are the first. */
  restart() {
    Object.assign(this, new Feed());
  }

  /**
   * How an answer goes on: with the first rows, with more of them, or not at all: then the next question is for all.
   * @param {Answer} answer @returns {"first" | "more" | "again"}
   */
  judge({ rows, offset, reset }) {
    const isBroken = !reset && (offset < this.offset || goesBack(this.progress, rows));
    if (reset || isBroken) this.restart();
    if (isBroken) return "again";
    return this.isNew ? "first" : "more";
  }

  /** The answer's rows are drawn. @param {Answer} answer */
  took({ rows, offset }) {
    this.offset = offset;
    this.progress = advanced(this.progress, rows);
    this.isNew = false;
  }
}
