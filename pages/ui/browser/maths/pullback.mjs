import { Explained } from "../lib/fetching.mjs";
import { flattened } from "./paths.mjs";
import { nextTask } from "../lib/idle.mjs";
import { solveBanded } from "./symmetric.mjs";

/**
 * A chain of latent points and what the decoder makes of them: lengths are measured between images, which is the metric
 * that the decoder pulls back to latent space. Source: Arvanitidis et al. 2018 (arXiv 1710.11379); Shao et al. 2018
 * (arXiv 1711.08014) for the energy of a chain.
 *
 * @typedef {(zs: Float32Array, count: number) => Promise<Float32Array>} DecodeBatch (count · D) to (count · P)
 *
 * @typedef {object} Chain
 * @property {Float64Array[]} path (n) of (D,)
 * @property {Float32Array} images (n · P)
 * @property {number} pixels P
 * @property {number} energy sum over k of |g(z_{k+1}) − g(z_k)|²
 *
 * @typedef {object} Slopes
 * @property {number[]} free which points of the chain may move
 * @property {number} count of directions they may move in, d
 * @property {Float32Array} values (free, d, P): how each image changes along each direction
 */

/** Decoding blocks the page: no more images at once, and between two batches the page may do what else is due. */
const MOST_AT_ONCE = 64;

/** Half the distance of the central differences, in units of z: between float32's rounding and the curvature. */
const STEP = 1e-2;

/** Added to the diagonal as a share of its mean: directions the decoder ignores would leave the system singular. */
const DAMPING = 1e-6;

/**
 * @param {Float64Array[]} path @param {DecodeBatch} decodeBatch @param {AbortSignal} [signal]
 * @returns {Promise<Chain>}
 */
export async function decodedChain(path, decodeBatch, signal) {
  const images = await decodedImages(path, decodeBatch, signal);
  const pixels = images.length / path.length;
  const energy = stepLengths(images, pixels).reduce((sum, length) => sum + length * length, 0);
  return { path, images, pixels, energy };
}

/** How far the images of a chain are apart, one after the other. @param {Float32Array} images @param {number} pixels */
export function stepLengths(images, pixels) {
  const lengths = new Float64Array(images.length / pixels - 1);
  for (let index = 0, here = 0; index < lengths.length; index++, here += pixels) {
    let squares = 0;
    for (let pixel = here; pixel < here + pixels; pixel++) squares += (images[pixel + pixels] - images[pixel]) ** 2;
    lengths[index] = Math.sqrt(squares);
  }
  return lengths;
}

/**
 * @param {Float64Array[]} zs @param {DecodeBatch} decodeBatch @param {AbortSignal} [signal]
 * @returns {Promise<Float32Array>} (zs · P)
 */
async function decodedImages(zs, decodeBatch, signal) {
  let images = new Float32Array(0);
  for (let from = 0; from < zs.length; from += MOST_AT_ONCE) {
    signal?.throwIfAborted();
    const batch = zs.slice(from, from + MOST_AT_ONCE);
    const decoded = await decodeBatch(flattened(batch), batch.length);
    const pixels = decoded.length / batch.length;
    if (!from) images = new Float32Array(zs.length * pixels);
    if (!pixels || images.length !== zs.length * pixels) {
      throw new Explained(`The decoder gave ${decoded.length} values for ${batch.length} images; open another run.`);
    }
    images.set(decoded, from * pixels);
    await nextTask();
  }
  signal?.throwIfAborted();
  return images;
}

/**
 * The decoder's Jacobian at the free points, by central differences: 2 d decodes for each.
 * @param {Chain} chain @param {number[]} free @param {ArrayLike<number>[]} directions (d) of (D,)
 * @param {DecodeBatch} decodeBatch @param {AbortSignal} [signal]
 * @returns {Promise<Slopes>}
 */
export async function slopesOf({ path, pixels }, free, directions, decodeBatch, signal) {
  /** @param {number} step */
  const shifted = (step) =>
    free.flatMap((index) => directions.map((direction) => path[index].map((value, i) => value + step * direction[i])));
  const after = await decodedImages(shifted(STEP), decodeBatch, signal);
  const before = await decodedImages(shifted(-STEP), decodeBatch, signal);
  for (let index = 0; index < after.length; index++) after[index] = (after[index] - before[index]) / (2 * STEP);
  if (after.length !== free.length * directions.length * pixels) {
    throw new Explained("The decoder gave images of different sizes; open another run.");
  }
  return { free, count: directions.length, values: after };
}

/**
 * The Gauss-Newton step of half the energy: all free points at once, since each pulls at its neighbours. With one
 * point at a time, a bend would need as many rounds as the square of the chain's length to straighten.
 * @param {Chain} chain @param {Slopes} slopes
 * @returns {{step: Float64Array, decrease: number}} step: (free, d); decrease: of the energy, were the decoder linear
 */
export function gaussNewtonStep(chain, slopes) {
  const slope = halfGradient(chain, slopes);
  const band = 2 * slopes.count - 1;
  const step = solveBanded(halfHessian(chain.pixels, slopes, band), band, slope.map((value) => -value));
  return { step, decrease: -step.reduce((sum, value, index) => sum + value * slope[index], 0) };
}

/** Jₖᵀ (2 gₖ − gₖ₋₁ − gₖ₊₁). @param {Chain} chain @param {Slopes} slopes @returns {Float64Array} (free, d) */
function halfGradient({ images, pixels }, { free, count, values }) {
  const gradient = new Float64Array(free.length * count);
  for (let row = 0; row < gradient.length; row++) {
    const image = free[Math.floor(row / count)] * pixels;
    for (let pixel = 0, here = image; pixel < pixels; pixel++, here++) {
      const bend = 2 * images[here] - images[here - pixels] - images[here + pixels];
      gradient[row] += values[row * pixels + pixel] * bend;
    }
  }
  return gradient;
}

/**
 * Blocks 2 Jₖᵀ Jₖ on the diagonal and −Jₖᵀ Jₖ₊₁ beside it, none across a point that is held.
 * @param {number} pixels @param {Slopes} slopes @param {number} band
 * @returns {Float64Array} the lower triangle, as `solveBanded` has it
 */
function halfHessian(pixels, { free, count, values }, band) {
  const size = free.length * count;
  const lower = new Float64Array(size * (band + 1));
  let trace = 0;
  for (let i = 0; i < size; i++) {
    const block = Math.floor(i / count);
    for (let j = Math.max(0, (block - 1) * count); j <= i; j++) {
      const gap = free[block] - free[Math.floor(j / count)];
      if (gap <= 1) lower[i * (band + 1) + j - i + band] = (gap ? -1 : 2) * product(values, i, j, pixels);
    }
    trace += lower[i * (band + 1) + band];
  }
  const damping = (DAMPING * trace) / size + Number.EPSILON;
  for (let i = 0; i < size; i++) lower[i * (band + 1) + band] += damping;
  return lower;
}

/** @param {Float32Array} rows @param {number} i @param {number} j @param {number} length of a row */
function product(rows, i, j, length) {
  let sum = 0;
  for (let index = 0, a = i * length, b = j * length; index < length; index++, a++, b++) sum += rows[a] * rows[b];
  return sum;
}
