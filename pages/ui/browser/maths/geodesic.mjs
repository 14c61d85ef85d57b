import { straightPath, stopFrames } from "./paths.mjs";
import { decodedChain, gaussNewtonStep, slopesOf, stepLengths } from "./pullback.mjs";

/** @import { Latent } from "./paths.mjs" */
/** @import { Chain, DecodeBatch } from "./pullback.mjs" */

/**
 * @typedef {object} GeodesicOptions
 * @property {number} [iterations] most rounds of improvement, 60 if not given; 0 measures the straight path
 * @property {AbortSignal} [signal] when it fires, the search ends with its AbortError
 * @property {ArrayLike<number>[]} [basis] directions that frames may move in, each (D,); without it all D dimensions.
 *   A round costs two decodes for each frame and direction: with more than about 8 dimensions give the plane's two, and
 *   the path is the best of those that differ from the straight one only inside the plane.
 * @property {boolean} [isLoop] go back to the first point at the end, without repeating it
 *
 * @typedef {object} Geodesic
 * @property {Float64Array[]} path (frames) of (D,), through every point
 * @property {{before: number, after: number}} energy of the straight path and of this one; never more after
 * @property {number} length of the path, measured between its images
 *
 * @typedef {object} Search
 * @property {number[]} free the frames between the points
 * @property {ArrayLike<number>[]} directions
 * @property {number} reach how far a frame may move in one round, in units of z
 * @property {DecodeBatch} decodeBatch
 * @property {AbortSignal} [signal]
 */

/** A round that lowers the energy by a smaller share ends the search. */
const ENOUGH = 1e-3;

/** A step promising less than this share of the energy is lost in float32's rounding. */
const IMPERCEPTIBLE = 1e-6;

/** The share of the promised decrease that a step must keep (Armijo's condition). */
const KEPT = 1e-4;

/**
 * The path along which images change least: it minimises the energy Σ |g(z_{k+1}) − g(z_k)|² of the decoder g under the
 * metric that g pulls back to latent space, so its frames also change evenly between two points. It starts from the
 * straight path, and finds the geodesic nearest to that one: exactly over the top of a symmetric bump it stays there.
 * Gauss-Newton steps with backtracking, Jacobians by central differences, since the decoder offers no gradients.
 * Source: Arvanitidis et al. 2018 (arXiv 1710.11379), Chen et al. 2018 (arXiv 1711.01204), Shao et al. 2018
 * (arXiv 1711.08014).
 * @param {readonly Latent[]} points @param {number} frames at least one for each point
 * @param {DecodeBatch} decodeBatch float32 (count · D) to (count · P), any count
 * @param {GeodesicOptions} [options]
 * @returns {Promise<Geodesic>}
 * Throws Explained where there are fewer frames than points or the decoder does not fit, and the signal's AbortError.
 */
export async function geodesicPath(points, frames, decodeBatch, options = {}) {
  const { iterations = 60, signal, basis, isLoop = false } = options;
  const start = straightPath(points, frames, { isLoop });
  if (isLoop) start.push(start[0]);
  const held = new Set([...stopFrames(points, frames, { isLoop }), start.length - 1]);
  /** @type {Search} */
  const search = {
    free: [...start.keys()].filter((index) => !held.has(index)),
    directions: basis ?? unitVectors(start[0].length),
    reach: spread(start),
    decodeBatch,
    signal,
  };
  const straight = await decodedChain(start, decodeBatch, signal);
  const best = await relaxed(straight, search, iterations);
  return {
    path: best.path.slice(0, frames),
    energy: { before: straight.energy, after: best.energy },
    length: stepLengths(best.images, best.pixels).reduce((sum, length) => sum + length, 0),
  };
}

/** @param {Chain} chain @param {Search} search @param {number} iterations @returns {Promise<Chain>} */
async function relaxed(chain, search, iterations) {
  let best = chain;
  for (let round = 0; round < iterations && search.free.length; round++) {
    const next = await improved(best, search);
    if (!next) break;
    const decrease = 1 - next.energy / best.energy;
    best = next;
    if (decrease < ENOUGH) break;
  }
  return best;
}

/**
 * One round: the chain after the longest step that lowers its energy as it should, or null where none does.
 * @param {Chain} chain @param {Search} search
 * @returns {Promise<Chain | null>}
 */
async function improved(chain, search) {
  const { free, directions, decodeBatch, signal } = search;
  const slopes = await slopesOf(chain, free, directions, decodeBatch, signal);
  const { step, decrease } = gaussNewtonStep(chain, slopes);
  const moves = free.map((_, row) => combined(directions, step.subarray(row * slopes.count, (row + 1) * slopes.count)));
  const furthest = moves.reduce((most, move) => Math.max(most, Math.hypot(...move)), 0);
  let share = Math.min(1, search.reach / furthest);
  for (; share * decrease > IMPERCEPTIBLE * chain.energy; share /= 2) {
    const path = chain.path.slice();
    free.forEach((index, row) => (path[index] = path[index].map((value, i) => value + share * moves[row][i])));
    const next = await decodedChain(path, decodeBatch, signal);
    if (next.energy <= chain.energy - KEPT * 2 * share * decrease) return next;
  }
  return null;
}

/** @param {ArrayLike<number>[]} directions @param {Float64Array} weights @returns {Float64Array} (D,) */
function combined(directions, weights) {
  const sum = new Float64Array(directions[0].length);
  directions.forEach((direction, index) => sum.forEach((_, i) => (sum[i] += weights[index] * direction[i])));
  return sum;
}

/** Half the largest distance from a chain's first point. @param {Float64Array[]} path @returns {number} */
function spread(path) {
  const distances = path.map((z) => Math.hypot(...z.map((value, i) => value - path[0][i])));
  return Math.max(...distances) / 2;
}

/** @param {number} size @returns {Float64Array[]} */
function unitVectors(size) {
  return Array.from({ length: size }, (_, index) => new Float64Array(size).fill(1, index, index + 1));
}
