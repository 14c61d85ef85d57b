import { extentOf } from "../../../browser/maths/coordinates.mjs";
import { fromPrior } from "./draws.mjs";
import { normalsFrom, uniformFrom } from "./noise.mjs";
import { firstOfEach } from "./tradeoff.mjs";

/** @import { Posteriors } from "../../../browser/model/embedding.mjs" */
/** @import { LessonModel, LessonModels } from "../models/lesson_models.mjs" */

/** What the comparison measures of one model, on the image and with the noise that are chosen. */

export const DRAWN = 3;
export const GENERATED = 6;
export const BETWEEN = 5;

/**
 * @typedef {object} Figures
 * @property {{all: Posteriors, few: Posteriors}} mapped the images, to draw a map of
 * @property {number} reach 99 % of the images lie within this of the middle
 * @property {number} farthest |μ| of any image
 * @property {number} sigma the middle one of all
 * @property {number[]} mu of the image
 * @property {number[]} sigmas of the image
 * @property {Float32Array} drawn decoded from draws of the image's posterior
 * @property {Float32Array} generated from N(0, I), the same z for every model
 * @property {Float32Array} between on the line from the image to the next class's
 */

/**
 * @param {LessonModels} models @param {number} index @param {LessonModel} model
 * @param {{image: number, draw: number}} choice @returns {Promise<Figures>}
 */
export async function measured(models, index, model, { image, draw }) {
  const mapped = await models.map(index);
  const { all } = mapped;
  const rows = firstOfEach(all.labels, model.classes.length);
  const [mu, other] = [image, (image + 1) % rows.length].map((label) => codeOf(all.mu, rows[label]));
  const sigmas = codeOf(all.logvar, rows[image]).map((logvar) => Math.exp(logvar / 2));
  const isPoint = model.beta === null;
  const drawn = Float32Array.from(normalsFrom(draw, 2 * DRAWN), (each, place) => mu[place % 2] + (isPoint ? 0 : sigmas[place % 2] * each));
  return {
    mapped,
    ...spreadOf(all),
    mu,
    sigmas,
    drawn: await models.images(index, drawn),
    generated: await models.images(index, fromPrior(uniformFrom(1000 + draw), GENERATED)),
    between: await models.images(index, line(mu, other, BETWEEN)),
  };
}

/** @param {Float32Array} values (N, 2) @param {number} row */
const codeOf = (values, row) => [values[2 * row], values[2 * row + 1]];

/**
 * How far the codes reach, and how wide they are.
 * @param {Pick<Posteriors, "mu" | "logvar" | "count">} posteriors in a plane
 */
export function spreadOf({ mu, logvar, count }) {
  const [x, y] = [0, 1].map((dim) => Float32Array.from({ length: count }, (_, row) => mu[2 * row + dim]));
  const lengths = x.map((value, row) => Math.hypot(value, y[row]));
  const sorted = Float32Array.from(logvar).sort();
  return {
    reach: extentOf(x, y, 0.99),
    farthest: lengths.reduce((most, each) => Math.max(most, each), 0),
    sigma: Math.exp(sorted[sorted.length >> 1] / 2),
  };
}

/** Evenly spread places from one to another, both included. @param {number[]} from @param {number[]} to @param {number} count */
export function line(from, to, count) {
  return Float32Array.from({ length: 2 * count }, (_, place) => {
    const share = Math.floor(place / 2) / (count - 1);
    return from[place % 2] + share * (to[place % 2] - from[place % 2]);
  });
}
