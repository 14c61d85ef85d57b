import { hookText } from "../../../browser/lib/format.mjs";

/** @import { HandleState, HandlesState } from "../../../browser/lib/contract.mjs" */

/**
 * What it takes to know which dimensions two numbers are of.
 * @typedef {{latentDim: number, dims: readonly number[]}} Space
 */

/**
 * All D coordinates of a place as the address has it: two numbers lie on the two dimensions that the map shows at first,
 * the rest at the prior's mean, 0; more are those of the first dimensions on. A space of one dimension takes the first.
 * @param {readonly number[]} z @param {Space} space
 * @returns {number[]}
 */
export function unpacked(z, { latentDim, dims }) {
  const all = Array.from({ length: latentDim }, (_, dimension) => (z.length > 2 ? (z[dimension] ?? 0) : 0));
  if (z.length <= 2) dims.forEach((dimension, index) => (all[dimension] = z[index] ?? 0));
  return all;
}

/**
 * The fewest numbers that `unpacked` makes the same place of, to four decimals, as the hooks have it.
 * @param {readonly number[]} z all D coordinates @param {Space} space
 * @returns {number[]}
 */
export function packed(z, { dims }) {
  const rounded = hookText(z).split(",").map(Number);
  const isOnMap = rounded.every((value, dimension) => value === 0 || dims.includes(dimension));
  if (isOnMap) return dims.map((dimension) => rounded[dimension]);
  const last = rounded.findLastIndex((value) => value !== 0);
  return rounded.slice(0, Math.max(3, last + 1)); // two would mean something else
}

/** Whether two lists of handles are the same but for the rounding of a URL. @param {HandleState[]} one @param {HandleState[]} other */
export function sameHandles(one, other) {
  return (
    one.length === other.length &&
    one.every(({ name, z }, index) => name === other[index].name && samePlace(z, other[index].z))
  );
}

/** @param {readonly number[]} one @param {readonly number[]} other */
function samePlace(one, other) {
  /** @param {number} a @param {number} b */
  const near = (a, b) => Math.abs(a - b) <= 2e-3 * Math.max(1, Math.abs(a));
  return one.length === other.length && one.every((value, index) => near(value, other[index]));
}

/** Answers older than this many are not waited for. */
const MOST_WAITED_FOR = 50;

/** The handles as they were sent to Python, and which of those received from it only repeat that. */
export class HandleReports {
  /** @param {(state: HandlesState) => void} send @param {HandlesState} known what Python knows already */
  constructor(send, { handles, active, show, options }) {
    this.send = send;
    this.lastSent = JSON.stringify({ handles, active, show, options });
    /** @type {HandleState[][]} sent, and not received back yet */
    this.sent = [];
  }

  /** Send where the handles are and what is shown, unless that is known. @param {HandlesState} state */
  report(state) {
    if (JSON.stringify(state) === this.lastSent) return;
    this.lastSent = JSON.stringify(state);
    this.sent = [...this.sent, state.handles].slice(-MOST_WAITED_FOR);
    this.send(state);
  }

  /**
   * Whether handles received from Python repeat what we sent (perhaps not the latest: one may have moved on since), and
   * are no change of the page's own, such as a reset.
   * @param {HandleState[]} handles
   */
  isEcho(handles) {
    const echo = this.sent.findIndex((earlier) => sameHandles(earlier, handles));
    this.sent.splice(0, echo + 1);
    return echo >= 0;
  }
}
