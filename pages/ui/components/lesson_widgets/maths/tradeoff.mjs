/** @import { LessonModel } from "../models/lesson_models.mjs" */
/** @import { Range } from "../plots/scales.mjs" */

/** Rate and distortion of several models on one plot; pure. */

/** Rates beyond this stand at the plot's edge: without it one model's 60 nats would leave the others no room. */
const MOST_RATE = 10;

/** @typedef {Pick<LessonModel, "rate" | "distortion" | "beta">} Tradeoff */
/** @typedef {{x: Range, y: Range}} Frame */

/** A frame that holds all of them. @param {readonly Tradeoff[]} models @returns {Frame} */
export function extremes(models) {
  const all = models.map(({ distortion }) => distortion);
  return {
    x: [-0.4, MOST_RATE + 0.4],
    y: [10 * Math.floor(Math.min(...all) / 10 - 0.5), 10 * Math.ceil(Math.max(...all) / 10 + 0.5)],
  };
}

/** Where a model stands on the plot. @param {Tradeoff} model @returns {[number, number]} */
export const positionOf = ({ rate, distortion }) => [Math.min(rate, MOST_RATE), distortion];

/**
 * The model that stands nearest to a point, in shares of the frame.
 * @param {readonly Tradeoff[]} models @param {Frame} frame @param {[number, number]} point
 */
export function nearestTo(models, frame, [x, y]) {
  const distances = models.map((model) => {
    const [modelX, modelY] = positionOf(model);
    return Math.hypot((modelX - x) / (frame.x[1] - frame.x[0]), (modelY - y) / (frame.y[1] - frame.y[0]));
  });
  return distances.indexOf(Math.min(...distances));
}

/**
 * All points as good as a model by its own measure, distortion + β · rate: a line of slope −β.
 * @param {Tradeoff} model @param {Range} x @returns {[number, number][]}
 */
export function tangent({ rate, distortion, beta }, x) {
  return x.map((value) => [value, distortion - (beta ?? 0) * (value - rate)]);
}

/** The first row of each class, in order of class. @param {ArrayLike<number>} labels @param {number} classes */
export function firstOfEach(labels, classes) {
  const every = Array.from(labels);
  return Array.from({ length: classes }, (_, label) => every.indexOf(label)).filter((row) => row >= 0);
}
