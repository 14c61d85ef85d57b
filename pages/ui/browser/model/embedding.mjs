import { Explained } from "../lib/fetching.mjs";
import { extentOf } from "../maths/coordinates.mjs";
import { heightsOf } from "./heights.mjs";
import { projectAll } from "./plane.mjs";
import { parseSafetensors } from "./safetensors.mjs";

/** @import { LaidOut } from "./laid_out.mjs" */
/** @import { Plane } from "./plane.mjs" */

/**
 * @typedef {Uint8Array | Uint32Array} Labels
 *
 * The posteriors of N images in all D latent dimensions.
 * @typedef {object} Posteriors
 * @property {number} count N
 * @property {number} latentDim D
 * @property {Float32Array} mu (N, D), row by row
 * @property {Float32Array} logvar the same
 * @property {Labels} labels all 0 where images are not of a class
 * @property {Int32Array} index image numbers, within the split
 * @property {string} split "train", "held-out" or "all": of which images
 *
 * The same with the means' places on a plane, as the map draws them.
 * @typedef {Posteriors & {x: Float32Array, y: Float32Array, extent: number}} Embedding
 * extent: largest |coordinate| of 99 % of the points
 */

/**
 * @param {ArrayBuffer} file safetensors with mu (N, D), logvar (N, D), index (N,), and labels (N,) where images have a class
 * @param {number} latentDim
 * @returns {Posteriors}
 */
export function readEmbedding(file, latentDim) {
  const { tensors, metadata } = parseSafetensors(file);
  const { mu, logvar, labels, index } = tensors;
  const isWhole = mu?.shape[1] === latentDim && (!labels || labels.shape[0] === mu.shape[0]);
  if (!isWhole || logvar?.values.length !== mu.values.length) {
    throw new Explained(
      `The map's points could not be read: expected mu and logvar (N, ${latentDim}), and labels (N,) if any; open another run.`,
    );
  }
  const count = mu.shape[0];
  return {
    count,
    latentDim,
    mu: /** @type {Float32Array} */ (mu.values),
    logvar: /** @type {Float32Array} */ (logvar.values),
    labels: labels ? /** @type {Labels} */ (labels.values) : new Uint8Array(count),
    index: index ? /** @type {Int32Array} */ (index.values) : Int32Array.from({ length: count }, (_, row) => row),
    split: metadata.split ?? "held-out",
  };
}

/** @param {Posteriors} posteriors @param {Plane} plane @returns {Embedding} of a layout, only the points that it has */
export function placedOn(posteriors, plane) {
  if (plane.points) return laidOutOn(posteriors, plane.points);
  const { x, y } = projectAll(plane, posteriors.mu, posteriors.count);
  if (plane.heights) return { ...posteriors, x, y: heightsOf(plane.heights, posteriors), extent: extentOf(x, y, 0.99) };
  return { ...posteriors, x, y, extent: extentOf(x, y, 0.99) };
}

/** @param {Posteriors} posteriors @param {LaidOut} points @returns {Embedding} */
function laidOutOn({ latentDim, logvar, labels, index, split }, { xy, rows, mu }) {
  const [x, y] = [0, 1].map((axis) => Float32Array.from(rows, (_, nth) => xy[2 * nth + axis]));
  const spread = new Float32Array(mu.length);
  rows.forEach((row, nth) => spread.set(logvar.subarray(row * latentDim, (row + 1) * latentDim), nth * latentDim));
  return {
    count: rows.length,
    latentDim,
    mu,
    logvar: spread,
    labels: Uint32Array.from(rows, (row) => labels[row]),
    index: Int32Array.from(rows, (row) => index[row]),
    split,
    x,
    y,
    extent: extentOf(x, y, 1),
  };
}

/**
 * Whether row i of both is the same image.
 * @param {Posteriors} one @param {Posteriors} other
 */
export function sameImages(one, other) {
  const areOfOne = one.split === other.split && one.count === other.count;
  return areOfOne && one.index.every((image, row) => image === other.index[row]);
}

/**
 * Rows of each class, in order of class.
 * @param {Labels} labels @param {number} classCount
 * @returns {Int32Array[]}
 */
export function rowsByClass(labels, classCount) {
  /** @type {number[][]} */
  const rows = Array.from({ length: classCount }, () => []);
  labels.forEach((label, row) => rows[label]?.push(row));
  return rows.map((each) => Int32Array.from(each));
}
