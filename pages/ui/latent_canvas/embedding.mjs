import { Explained } from "../shared/fetching.mjs";
import { parseSafetensors } from "./safetensors.mjs";

/** @import { Point } from "../shared/types.mjs" */

/**
 * What the map draws of an embedding: the two shown dimensions of the posterior means.
 * @typedef {object} Embedding
 * @property {number} count
 * @property {Float32Array} x
 * @property {Float32Array} y
 * @property {Uint8Array} labels
 * @property {Int32Array} index image numbers
 * @property {number} extent largest |coordinate| of 99 % of the points
 */

/**
 * @param {ArrayBuffer} file safetensors with mu (N, D), labels (N,), index (N,)
 * @param {Point} dims
 * @returns {Embedding}
 */
export function readEmbedding(file, dims) {
  const { mu, labels, index } = parseSafetensors(file).tensors;
  if (mu?.shape.length !== 2 || labels?.shape[0] !== mu.shape[0] || Math.max(...dims) >= mu.shape[1]) {
    throw new Explained("The map's points could not be read: expected mu (N, D) and labels (N,); open another run.");
  }
  const [count, latentDim] = mu.shape;
  const x = new Float32Array(count);
  const y = new Float32Array(count);
  for (let row = 0; row < count; row++) {
    x[row] = mu.values[row * latentDim + dims[0]];
    y[row] = mu.values[row * latentDim + dims[1]];
  }
  return {
    count,
    x,
    y,
    labels: /** @type {Uint8Array} */ (labels.values),
    index: index ? /** @type {Int32Array} */ (index.values) : Int32Array.from(x.keys()),
    extent: extentOf(x, y, 0.99),
  };
}

/** @param {Float32Array} x @param {Float32Array} y @param {number} share @returns {number} */
export function extentOf(x, y, share) {
  const reach = x.map((value, row) => Math.max(Math.abs(value), Math.abs(y[row]))).sort();
  return reach.length ? reach[Math.min(reach.length - 1, Math.floor(share * reach.length))] : 0;
}

/**
 * Whether row i of both is the same image, so that its point can travel.
 * @param {Embedding} one @param {Embedding} other
 */
export function sameImages(one, other) {
  return one.count === other.count && one.index.every((image, row) => image === other.index[row]);
}

/**
 * Rows of each class, in order of class.
 * @param {Uint8Array} labels @param {number} classCount
 * @returns {Int32Array[]}
 */
export function rowsByClass(labels, classCount) {
  /** @type {number[][]} */
  const rows = Array.from({ length: classCount }, () => []);
  labels.forEach((label, row) => rows[label]?.push(row));
  return rows.map((each) => Int32Array.from(each));
}
