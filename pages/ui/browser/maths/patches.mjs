/** A density over the map in patches: middle, size, and the logarithm of the density at the middle. Pure. */

/** @import { Point } from "../lib/types.mjs" */

/**
 * @typedef {object} Patches rectangles side by side
 * @property {Float64Array} x middle, on the map
 * @property {Float64Array} y
 * @property {Float64Array} width
 * @property {Float64Array} height 1 on a line, which has no height
 * @property {Float64Array} logDensity nats, up to a constant that all share; NaN where it is not known yet
 * @property {boolean} isLine
 *
 * @typedef {object} Masses
 * @property {Float64Array} shares of the probability, by patch, adding up to 1
 * @property {number} logEvidence the logarithm of the integral, nats
 *
 * @typedef {(x: Float64Array, y: Float64Array) => Promise<Float64Array | null>} Score log densities at places of the
 *   map; null once it is called off
 */

/** No patch is to hold more than this: where the density is that high, patches are made smaller until it is even in each. */
const MOST_SHARE = 0.01;
/** A patch next to a high one is made smaller, too, from this share on: the peak may lie on the border. */
const NEXT_SHARE = 1e-14;
const MOST_LEVELS = 6;

/**
 * A lattice of equal patches, row by row, the topmost first.
 * @param {number} columns @param {number} rows 1 for a line @param {Point} x from, to @param {Point} y
 * @returns {Patches}
 */
export function latticeOf(columns, rows, x, y) {
  const count = columns * rows;
  const isLine = rows === 1;
  const [width, height] = [(x[1] - x[0]) / columns, isLine ? 1 : (y[1] - y[0]) / rows];
  return {
    x: Float64Array.from({ length: count }, (_, patch) => x[0] + ((patch % columns) + 0.5) * width),
    y: Float64Array.from({ length: count }, (_, patch) => (isLine ? 0 : y[1] - (Math.floor(patch / columns) + 0.5) * height)),
    width: new Float64Array(count).fill(width),
    height: new Float64Array(count).fill(height),
    logDensity: new Float64Array(count).fill(NaN),
    isLine,
  };
}

/** log Σ exp. @param {ArrayLike<number>} values nats @returns {number} −Infinity for none */
export function logSumExp(values) {
  let most = -Infinity;
  for (let index = 0; index < values.length; index++) most = Math.max(most, values[index]);
  if (most === -Infinity) return most;
  let sum = 0;
  for (let index = 0; index < values.length; index++) sum += Math.exp(values[index] - most);
  return most + Math.log(sum);
}

/** How much of the probability each patch holds. @param {Patches} patches @returns {Masses} */
export function massesOf({ logDensity, width, height }) {
  const logs = logDensity.map((value, patch) => value + Math.log(width[patch] * height[patch]));
  const logEvidence = logSumExp(logs);
  return { shares: logs.map((value) => Math.exp(value - logEvidence)), logEvidence };
}

/**
 * The same density in patches small enough for it: those that hold much, and those next to them, are halved both ways
 * and scored again, until none holds more than a hundredth. A posterior of a whole image is far narrower than what a
 * lattice over all of the prior can tell apart.
 * @param {Patches} patches @param {Score} score
 * @param {{most?: number}} [options] most: places to be scored in all
 * @returns {Promise<Patches | null>} null once it is called off
 */
export async function refined(patches, score, { most = 1600 } = {}) {
  let current = patches;
  let left = most;
  for (let level = 0; level < MOST_LEVELS; level++) {
    const split = toSplit(current, massesOf(current).shares, Math.floor(left / (current.isLine ? 2 : 4)));
    if (!split.length) return current;
    const parts = halves(current, split);
    const logDensity = await score(parts.x, parts.y);
    if (!logDensity) return null;
    current = joined(current, split, { ...parts, logDensity });
    left -= parts.x.length;
  }
  return current;
}

/** @param {Patches} patches @param {Float64Array} shares @param {number} most @returns {number[]} which to divide */
function toSplit(patches, shares, most) {
  /** @type {number[]} */
  const high = [];
  /** @type {number[]} */
  const near = [];
  for (let patch = 0; patch < shares.length; patch++) {
    if (shares[patch] > MOST_SHARE) high.push(patch);
    else if (shares[patch] > NEXT_SHARE) near.push(patch);
  }
  const chosen = [...high, ...near.filter((patch) => high.some((other) => touches(patches, patch, other)))];
  return chosen.sort((one, other) => shares[other] - shares[one]).slice(0, most);
}

/** @param {Patches} patches @param {number} one @param {number} other */
function touches({ x, y, width, height }, one, other) {
  const [across, up] = [(width[one] + width[other]) / 2, (height[one] + height[other]) / 2];
  return Math.abs(x[one] - x[other]) < 1.01 * across && Math.abs(y[one] - y[other]) < 1.01 * up;
}

const QUARTERS = /** @type {const} */ ([[-1, -1], [1, -1], [-1, 1], [1, 1]]);

/** @param {Patches} patches @param {number[]} split @returns {Omit<Patches, "logDensity">} */
function halves({ x, y, width, height, isLine }, split) {
  const turns = isLine ? QUARTERS.slice(0, 2) : QUARTERS;
  const all = split.flatMap((patch) => turns.map(([right, up]) => ({ patch, right, up: isLine ? 0 : up })));
  const numbers = (/** @type {(part: {patch: number, right: number, up: number}) => number} */ of) => Float64Array.from(all, of);
  return {
    x: numbers(({ patch, right }) => x[patch] + (right * width[patch]) / 4),
    y: numbers(({ patch, up }) => y[patch] + (up * height[patch]) / 4),
    width: numbers(({ patch }) => width[patch] / 2),
    height: numbers(({ patch }) => (isLine ? 1 : height[patch] / 2)),
    isLine,
  };
}

/** @param {Patches} patches @param {number[]} split those that are not kept @param {Patches} parts @returns {Patches} */
function joined(patches, split, parts) {
  const gone = new Set(split);
  const together = (/** @type {"x" | "y" | "width" | "height" | "logDensity"} */ name) =>
    Float64Array.from([...patches[name].filter((_, patch) => !gone.has(patch)), ...parts[name]]);
  const [x, y, width] = [together("x"), together("y"), together("width")];
  return { x, y, width, height: together("height"), logDensity: together("logDensity"), isLine: patches.isLine };
}

/**
 * Places drawn from the density, evenly: the shares lie one after the other on a line, which is walked in equal steps.
 * @param {Patches} patches @param {Float64Array} shares @param {number} count @param {() => number} random 0 to 1
 * @returns {Point[]}
 */
export function drawnPlaces({ x, y, width, height, isLine }, shares, count, random) {
  return systematic(shares, count, random()).map((patch) => [
    x[patch] + (random() - 0.5) * width[patch],
    isLine ? 0 : y[patch] + (random() - 0.5) * height[patch],
  ]);
}

/**
 * Rows drawn by their shares with one uniform number. Source: Kitagawa 1996, "systematic" resampling.
 * @param {ArrayLike<number>} shares adding up to 1 @param {number} count @param {number} u 0 to 1
 * @returns {number[]} (count,) ascending
 */
export function systematic(shares, count, u) {
  const rows = [];
  for (let row = 0, sum = shares[0]; rows.length < count; ) {
    if (sum >= (rows.length + u) / count || row === shares.length - 1) rows.push(row);
    else sum += shares[++row];
  }
  return rows;
}

/**
 * The densities at whose outlines the smallest areas end that hold these parts of the probability.
 * @param {ArrayLike<number>} masses by cell, of equal cells @param {readonly number[]} parts 0 to 1, ascending
 * @returns {number[]} the least mass of a cell inside
 */
export function levelsHolding(masses, parts) {
  const sorted = Float64Array.from(masses).sort().reverse();
  const total = sorted.reduce((sum, mass) => sum + mass, 0);
  /** @type {number[]} */
  const levels = [];
  for (let cell = 0, sum = 0; cell < sorted.length && levels.length < parts.length; cell++) {
    sum += sorted[cell];
    while (levels.length < parts.length && sum >= parts[levels.length] * total) levels.push(sorted[cell]);
  }
  return levels;
}
