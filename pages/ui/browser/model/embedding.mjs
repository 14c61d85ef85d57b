import { Explained } from "../lib/fetching.mjs";
import { extentOf } from "../maths/coordinates.mjs";
import { NeighbourGrid } from "../maths/neighbours.mjs";
import { heightsOf } from "./heights.mjs";
import { projectAll } from "./plane.mjs";
import { TOP } from "./points_file.mjs";
import { parseSafetensors } from "./safetensors.mjs";

/** @import { LaidOut } from "./laid_out.mjs" */
/** @import { Plane } from "./plane.mjs" */
/** @import { PointsReader } from "./points_file.mjs" */

/**
 * @typedef {Uint8Array | Uint16Array | Uint32Array} Labels
 *
 * The posteriors of N images in all D latent dimensions; of very many images, of some of them.
 * @typedef {object} Posteriors
 * @property {number} count N
 * @property {number} latentDim D
 * @property {Float32Array} mu (N, D), row by row
 * @property {Float32Array} logvar the same
 * @property {Labels} labels all 0 where images are not of a class
 * @property {Int32Array} index image numbers, within the split
 * @property {string} split "train", "held-out" or "all": of which images
 *
 * The points of a map: where the means of N images lie on a plane.
 * @typedef {object} Embedding
 * @property {number} count N
 * @property {number} latentDim D
 * @property {Float32Array} x by row; NaN for a point that has not come yet
 * @property {Float32Array} y
 * @property {Labels} labels as of posteriors
 * @property {Int32Array} index
 * @property {string} split
 * @property {number} extent largest |coordinate| of 99 % of the points
 * @property {Exact} exact the posteriors behind them
 * @property {Uint8Array} [marks] by row, what points are drawn as where that is not their class, see `legend/marks.mjs`
 *
 * The same with the plane that the server has chosen for them: principal components, or two dimensions.
 * @typedef {Embedding & {sent: Sent}} SentPoints
 *
 * @typedef {object} Sent
 * @property {number[][]} basis of the plane, (2, D)
 * @property {number[]} origin (D,)
 * @property {readonly [number, number] | null} shares of the variance along principal components
 * @property {number} step to which coordinates are rounded; 0 for exact ones
 */

const ORDERED_FROM = 50_000;
/** A side of the map is divided into so many cells: the part of the picture that one covers fits a processor's cache. */
const ORDER_CELLS = 64;

/** The posteriors behind a map's points, which are rounded: they come once somebody asks for them. */
export class Exact {
  /** @type {Posteriors | null} once they are here */
  now = null;
  /** @type {Promise<Posteriors> | null} */
  #asked = null;
  #fetch;

  /** @param {() => Promise<Posteriors>} fetch */
  constructor(fetch) {
    this.#fetch = fetch;
  }

  /** @returns {Promise<Posteriors>} rejects as fetching does; asking again then fetches again */
  get() {
    this.#asked ??= this.#fetch().then(
      (posteriors) => (this.now = posteriors),
      (error) => {
        this.#asked = null;
        throw error;
      },
    );
    return this.#asked;
  }

  /** Of posteriors that are here. @param {Posteriors} posteriors */
  static of(posteriors) {
    const exact = new Exact(() => Promise.resolve(posteriors));
    exact.now = posteriors;
    return exact;
  }
}

/** What has come of a map's points. @param {PointsReader} reader @param {number} latentDim @param {Exact} exact @returns {SentPoints} */
export function sentPoints({ header, x, y, labels, index }, latentDim, exact) {
  if (header?.origin.length !== latentDim) {
    throw new Explained(`The map's points are of ${header?.origin.length ?? 0} dimensions, expected ${latentDim}; open another run.`);
  }
  const { count, split, extent, basis, origin, shares, ranges } = header;
  const step = Math.max(...[ranges.x, ranges.y].map(([low, high]) => high - low)) / TOP;
  return { count, latentDim, x, y, labels, index, split, extent, exact, sent: { basis, origin, shares, step } };
}

/**
 * Points that are as exact as their posteriors.
 * @param {SentPoints} points @param {Plane} plane that they lie on
 * @returns {Promise<SentPoints | null>} null where there are not posteriors for all of them, or it is no plane
 */
export async function sharpened(points, plane) {
  const posteriors = await points.exact.get();
  if (plane.points || posteriors.count !== points.count) return null;
  const exact = projectAll(plane, posteriors.mu, posteriors.count);
  const rowOf = rowsByImage(posteriors.index);
  const [x, y] = [exact.x, exact.y].map((values) => Float32Array.from(points.index, (image) => values[rowOf(image)]));
  return { ...points, x, y, sent: { ...points.sent, step: 0 } };
}

/**
 * Very many points in the order of where they lie, so that drawing them goes through the picture from end to end, three
 * times as fast as all over it. Which image a row is, its index says as before.
 * @template {Embedding} E @param {E} points @returns {E} few points as they are
 */
export function ordered(points) {
  if (points.count < ORDERED_FROM) return points;
  const { order } = new NeighbourGrid(points.x, points.y, ORDER_CELLS);
  const { x, y, labels, index } = points;
  const sorted = { x: x.slice(), y: y.slice(), labels: labels.slice(), index: index.slice() };
  order?.forEach((row, nth) => {
    sorted.x[nth] = x[row];
    sorted.y[nth] = y[row];
    sorted.labels[nth] = labels[row];
    sorted.index[nth] = index[row];
  });
  return { ...points, ...sorted };
}

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

/** Posteriors that are all here, on a plane. @param {Posteriors} posteriors @param {Plane} plane @returns {Embedding} of a layout, only the points that it has */
export function placedOn(posteriors, plane) {
  if (plane.points) return laidOutOn(posteriors, plane.points);
  const { count, latentDim, labels, index, split } = posteriors;
  const { x, y } = projectAll(plane, posteriors.mu, count);
  return raised({ count, latentDim, labels, index, split, x, y, extent: extentOf(x, y, 0.99), exact: Exact.of(posteriors) }, plane);
}

/**
 * The points of one latent dimension, as high as the second axis says; all others as they are. What they reach is how far
 * their z go. @param {Embedding} embedding @param {Plane} plane @returns {Embedding}
 */
export function raised(embedding, { heights }) {
  return heights ? { ...embedding, y: heightsOf(heights, lineOf(embedding)) } : embedding;
}

/** The points of one latent dimension as posterior means. @param {Embedding} embedding @returns {import("./heights.mjs").Line} */
export const lineOf = ({ count, x, labels, index }) => ({ count, mu: x, labels, index });

/** @param {Posteriors} posteriors @param {LaidOut} points @returns {Embedding} */
function laidOutOn(posteriors, { xy, rows }) {
  const { latentDim, labels, index, split } = posteriors;
  const [x, y] = [0, 1].map((axis) => Float32Array.from(rows, (_, nth) => xy[2 * nth + axis]));
  return {
    count: rows.length,
    latentDim,
    labels: Uint32Array.from(rows, (row) => labels[row]),
    index: Int32Array.from(rows, (row) => index[row]),
    split,
    x,
    y,
    extent: extentOf(x, y, 1),
    exact: Exact.of(posteriors),
  };
}

/**
 * Whether row i of both is the same image.
 * @param {Embedding} one @param {Embedding} other
 */
export function sameImages(one, other) {
  const areOfOne = one.split === other.split && one.count === other.count;
  return areOfOne && one.index.every((image, row) => image === other.index[row]);
}

/**
 * Means and log variances by the image's number, where they are here.
 * @param {Posteriors} posteriors
 * @returns {(image: number) => {mu: Float32Array, logvar: Float32Array} | null} each (D,)
 */
export function byImage({ mu, logvar, index, latentDim }) {
  const rowOf = rowsByImage(index);
  return (image) => {
    const row = rowOf(image);
    if (row < 0) return null;
    const [from, to] = [row * latentDim, (row + 1) * latentDim];
    return { mu: mu.subarray(from, to), logvar: logvar.subarray(from, to) };
  };
}

/** In which row of a map an image is, −1 for none. @param {Int32Array} index image numbers by row */
export function rowsByImage(index) {
  const most = index.reduce((largest, image) => Math.max(largest, image), -1);
  const rows = new Int32Array(most + 1).fill(-1);
  index.forEach((image, row) => (rows[image] = row));
  return (/** @type {number} */ image) => rows[image] ?? -1;
}
