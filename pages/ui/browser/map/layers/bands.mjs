import { inSlices } from "../slices.mjs";
import { emptyField, SMALLEST_VARIANCE } from "./regions.mjs";

/** @import { View } from "../../maths/coordinates.mjs" */
/** @import { DecodeBatch } from "../../maths/pullback.mjs" */
/** @import { Posteriors } from "../../model/embedding.mjs" */
/** @import { Field } from "./regions.mjs" */

/**
 * The fields of `regions.mjs` for a latent space of one dimension: they change along the first axis of the map alone, so
 * that their shades are bands from its lower edge to its upper one.
 */

/** Beyond so many standard deviations a Gaussian counts as nothing, as on a plane. */
const REACH = 4;

/**
 * The density of the aggregate posterior on the line, q(z) = mean of all posteriors, at the middle of each column.
 *
 * Gaussians narrower than half a column are widened to that, since they could lie between two middles and be missed.
 * @param {Pick<Posteriors, "count" | "mu" | "logvar">} posteriors of one dimension
 * @param {Pick<View, "x" | "y">} view @param {number} cells @returns {Field}
 */
export function lineDensity({ count, mu, logvar }, view, cells) {
  const field = emptyField(view, cells);
  const perUnit = cells / (view.x[1] - view.x[0]);
  for (let row = 0; row < count; row++) {
    const middle = (mu[row] - view.x[0]) * perUnit - 0.5; // in columns
    const sigma = Math.sqrt(Math.max(SMALLEST_VARIANCE, Math.exp(logvar[row]) * perUnit * perUnit));
    const weight = perUnit / (count * sigma * Math.sqrt(2 * Math.PI));
    const last = Math.min(cells - 1, Math.floor(middle + REACH * sigma));
    for (let column = Math.max(0, Math.ceil(middle - REACH * sigma)); column <= last; column++) {
      field.values[column] += weight * Math.exp(-0.5 * ((column - middle) / sigma) ** 2);
    }
  }
  return filledDown(field);
}

/**
 * How much the decoder stretches the line: |dx/dz|, the way that its image goes per way in latent space, by central
 * differences of a quarter of a column.
 * @param {DecodeBatch} decodeBatch @param {Pick<View, "x" | "y">} view @param {number} cells
 * @param {{signal?: AbortSignal, isBusy?: () => boolean}} [options] of the slices; a job is 2 decodes
 * @returns {Promise<Field | null>} null if called off
 */
export async function lineStretch(decodeBatch, view, cells, options = {}) {
  const field = emptyField(view, cells);
  const width = (view.x[1] - view.x[0]) / cells;
  const isDone = await inSlices(
    Array.from({ length: cells }, (_, column) => column),
    async (columns) => {
      const zs = columns.flatMap((column) => [0.75, 0.25].map((share) => view.x[0] + (column + share) * width));
      const images = await decodeBatch(Float32Array.from(zs), zs.length);
      const length = images.length / zs.length;
      columns.forEach((column, index) => {
        field.values[column] = distance(images, 2 * index * length, length) / (width / 2);
      });
    },
    { most: 32, ...options },
  );
  return isDone ? filledDown(field) : null;
}

/** Between two images that follow each other. @param {Float32Array} images @param {number} start @param {number} length of one */
function distance(images, start, length) {
  let sum = 0;
  for (let value = start; value < start + length; value++) sum += (images[value] - images[value + length]) ** 2;
  return Math.sqrt(sum);
}

/** The topmost row in all others. @param {Field} field */
function filledDown(field) {
  const { cells, values } = field;
  for (let row = 1; row < cells; row++) values.copyWithin(row * cells, 0, cells);
  return field;
}
