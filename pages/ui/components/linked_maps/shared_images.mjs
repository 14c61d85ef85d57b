/** @import { Point } from "../../browser/lib/types.mjs" */

/**
 * The images that several models have on their maps, in the order of the first.
 * @typedef {object} SharedImages
 * @property {Int32Array} images their numbers
 * @property {Int32Array[]} rows for each model, the row of every one of them
 */

/** @param {readonly Int32Array[]} indices of each model, the numbers of the images on its map @returns {SharedImages} */
export function sharedImages(indices) {
  const rowOf = indices.map((index) => new Map(Array.from(index, (image, row) => [image, row])));
  const images = (indices[0] ?? new Int32Array()).filter((image) => rowOf.every((known) => known.has(image)));
  const rows = rowOf.map((known) => images.map((image) => known.get(image) ?? -1));
  return { images, rows };
}

/** The tangent of the half angle within which a point counts as lying in a direction. */
const WITHIN = 1;

/**
 * The point to go to from one point by a key: of those in the direction of the target, the nearest to it.
 * @param {ArrayLike<number>} x @param {ArrayLike<number>} y
 * @param {number} from the point to leave @param {Point} target where a free cursor would go
 * @returns {number} `from` where none lies in that direction
 */
export function nextTowards(x, y, from, target) {
  const [stepX, stepY] = [target[0] - x[from], target[1] - y[from]];
  let [best, least] = [from, Infinity];
  for (let index = 0; index < x.length; index++) {
    const [dx, dy] = [x[index] - x[from], y[index] - y[from]];
    const along = dx * stepX + dy * stepY;
    const across = Math.abs(dx * stepY - dy * stepX);
    if (along <= 0 || across > WITHIN * along) continue;
    const square = (x[index] - target[0]) ** 2 + (y[index] - target[1]) ** 2;
    if (square < least) [best, least] = [index, square];
  }
  return best;
}

/**
 * For a table of examples: of every class the `nth` image, counted round.
 * @param {ArrayLike<number>} labels of the images @param {number} classCount @param {number} nth from 0
 * @returns {number[]} positions among the images, in order of class; classes without images are left out
 */
export function oneOfEach(labels, classCount, nth) {
  /** @type {number[][]} */
  const ofClass = Array.from({ length: classCount }, () => []);
  for (let index = 0; index < labels.length; index++) ofClass[labels[index]]?.push(index);
  return ofClass.filter((each) => each.length).map((each) => each[nth % each.length]);
}
