import { FEWEST_CORNERS, MOST_CORNERS } from "../../../../browser/lib/contract.mjs";
import { decimal, grouped } from "../../../../browser/lib/format.mjs";
import { isInOutline } from "../../../../browser/maths/coordinates.mjs";
import { byImage } from "../../../../browser/model/embedding.mjs";

/** @import { Point } from "../../../../browser/lib/types.mjs" */
/** @import { Embedding, Posteriors } from "../../../../browser/model/embedding.mjs" */

/**
 * Which points: those of a class, or those inside an outline on the map.
 * @typedef {{kind: "class", label: number} | {kind: "drawn", outline: Point[]}} Choice
 *
 * @typedef {object} Group the points of a choice
 * @property {string} name
 * @property {number[]} rows of the embedding
 * @property {Float64Array} mean (D,) of their posterior means; NaN for no points
 *
 * What the address keeps: from one group to another, and how far along the active handle has been moved.
 * @typedef {{choices: [Choice, Choice], share: number}} Kept
 */

/**
 * @param {Choice} choice @param {Embedding} embedding
 * @param {(mark: number) => boolean} isShown points that are hidden cannot be drawn around
 * @returns {number[]}
 */
export function rowsOf(choice, { count, labels, marks, x, y }, isShown) {
  const shownAs = marks ?? labels;
  /** @param {number} row */
  const isIn = (row) =>
    choice.kind === "class"
      ? labels[row] === choice.label
      : isShown(shownAs[row]) && isInOutline(choice.outline, x[row], y[row]);
  return Array.from({ length: count }, (_, row) => row).filter(isIn);
}

/**
 * The mean of the posterior means of some points; of very many points, of those whose posteriors have come.
 * @param {readonly number[]} rows @param {Pick<Embedding, "index">} embedding @param {Posteriors} posteriors
 * @returns {Float64Array} (D,); NaN for no points
 */
export function meanOfRows(rows, { index }, posteriors) {
  const mean = new Float64Array(posteriors.latentDim);
  const of = byImage(posteriors);
  let count = 0;
  for (const row of rows) {
    const mu = of(index[row])?.mu;
    if (!mu) continue;
    count++;
    for (let dimension = 0; dimension < mean.length; dimension++) mean[dimension] += mu[dimension];
  }
  return mean.map((sum) => sum / count);
}

/**
 * z + t · (mean of B − mean of A), in all D dimensions.
 * @param {ArrayLike<number>} z @param {Group} a @param {Group} b @param {number} t @returns {number[]}
 */
export const along = (z, a, b, t) => Array.from(z, (value, index) => value + t * (b.mean[index] - a.mean[index]));

/** The Euclidean length of the arrow in all D dimensions, NaN where a group is empty. @param {Group} a @param {Group} b */
export const lengthOf = (a, b) => Math.hypot(...a.mean.map((value, index) => b.mean[index] - value));

/** @param {Group} a @param {Group} b @returns {string} a sentence */
export function arrowText(a, b) {
  const empty = [a, b].find(({ rows }) => !rows.length);
  if (empty) return `There are no points in ${empty.name}; choose another group.`;
  const length = lengthOf(a, b);
  if (!length) return "Both groups have the same mean; choose two others.";
  const groups = [a, b].map(({ name, rows }) => `${name} (${grouped(rows.length)} ${rows.length > 1 ? "points" : "point"})`);
  return `From ${groups[0]} to ${groups[1]}: the arrow is ${decimal(length, 2)} long in ${a.mean.length} dimensions.`;
}

/** As few corners as the address keeps, evenly along the stroke, to two decimals. @param {readonly Point[]} stroke @returns {Point[]} */
export function outlineOf(stroke) {
  const count = Math.min(MOST_CORNERS, stroke.length);
  const corners = Array.from({ length: count }, (_, index) => stroke[Math.floor((index * stroke.length) / count)]);
  return corners.map(([x, y]) => [rounded(x), rounded(y)]);
}

/** @param {number} value */
const rounded = (value) => Math.round(value * 100) / 100 + 0;

/** @param {Kept} kept @returns {string} "c3~c8~0.5", or with the corners of an outline in place of a class */
export function keptText({ choices, share }) {
  const groups = choices.map((choice) => (choice.kind === "class" ? `c${choice.label}` : choice.outline.join()));
  return [...groups, rounded(share)].join("~");
}

/** What `keptText` has kept. @param {string} text @param {number} classCount @returns {Kept | null} */
export function keptFrom(text, classCount) {
  const [a, b, share] = text.split("~");
  const choices = [a, b].map((group) => choiceFrom(group ?? "", classCount));
  if (!choices[0] || !choices[1] || !Number.isFinite(Number(share))) return null;
  return { choices: [choices[0], choices[1]], share: Number(share) };
}

/** @param {string} text @param {number} classCount @returns {Choice | null} */
function choiceFrom(text, classCount) {
  if (text.startsWith("c")) {
    const label = Number(text.slice(1));
    return label < classCount ? { kind: "class", label } : null;
  }
  const numbers = text.split(",").map(Number);
  const outline = Array.from({ length: numbers.length >> 1 }, (_, index) => /** @type {Point} */ (numbers.slice(2 * index, 2 * index + 2)));
  return outline.length >= FEWEST_CORNERS ? { kind: "drawn", outline } : null;
}
