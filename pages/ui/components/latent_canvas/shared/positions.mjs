import { hookText } from "../../../browser/lib/format.mjs";

/** @import { HandleState, Point } from "../../../browser/lib/types.mjs" */

/**
 * Which part of latent space two bare numbers mean.
 * @typedef {{latentDim: number, dims: Point}} Space
 */

/**
 * All D coordinates of a place as the address has it: two numbers lie on the two dimensions that the map shows at first,
 * the rest at the prior's mean, 0; more are those of the first dimensions on.
 * @param {readonly number[]} z @param {Space} space
 * @returns {number[]}
 */
export function unpacked(z, { latentDim, dims }) {
  const all = Array.from({ length: latentDim }, (_, dimension) => (z.length > 2 ? (z[dimension] ?? 0) : 0));
  if (z.length <= 2) dims.forEach((dimension, at) => (all[dimension] = z[at] ?? 0));
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
    one.every(({ name, z }, at) => name === other[at].name && samePlace(z, other[at].z))
  );
}

/** @param {readonly number[]} one @param {readonly number[]} other */
function samePlace(one, other) {
  /** @param {number} a @param {number} b */
  const near = (a, b) => Math.abs(a - b) <= 2e-3 * Math.max(1, Math.abs(a));
  return one.length === other.length && one.every((value, at) => near(value, other[at]));
}
