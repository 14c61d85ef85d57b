import { Explained } from "../lib/fetching.mjs";

/**
 * How one image is scored under the decoder's raw output: −log p(x|z) in nats, the same formulas as
 * `vae_core/model/likelihoods.py`, in float64.
 */

/**
 * @typedef {"bernoulli" | "continuous-bernoulli" | "gaussian" | "gaussian-learned" | "discretised-logistic"} Likelihood
 */

const HALF_BIN = 0.5 / 255;
const SERIES_BELOW = 0.3;

/**
 * Cross-entropy of a pixel against sigmoid(logit). Written so that a large logit that is right leaves no rounding
 * behind: l and x · l are never subtracted from each other.
 * @param {number} logit @param {number} x @returns {number}
 */
function bernoulli(logit, x) {
  const wrong = logit > 0 ? (1 - x) * logit : -x * logit;
  return wrong + Math.log1p(Math.exp(-Math.abs(logit)));
}

/**
 * The logarithm of the continuous Bernoulli's constant, l / tanh(l / 2); log 2 at 0, by the series around it.
 * Source: Loaiza-Ganem & Cunningham 2019 (arXiv 1907.06845), eqs. 6 and 7.
 * @param {number} logit @returns {number}
 */
function logConstant(logit) {
  const size = Math.abs(logit);
  if (size >= SERIES_BELOW) return Math.log(size) - Math.log(Math.tanh(size / 2));
  const squared = size * size;
  return Math.LN2 + squared / 12 - (7 * squared * squared) / 1440;
}

/** @param {number} value @returns {number} */
function logSigmoid(value) {
  return Math.min(value, 0) - Math.log1p(Math.exp(-Math.abs(value)));
}

/** @param {number} mean @param {number} x @param {number} logScale log σ @returns {number} */
function gaussian(mean, x, logScale) {
  const standardised = (x - mean) * Math.exp(-logScale);
  return 0.5 * standardised * standardised + logScale + 0.5 * Math.log(2 * Math.PI);
}

/**
 * A logistic around the mean, in 256 bins; black's reaches down to −∞ and white's up to ∞.
 * Source: Salimans et al. 2017 (arXiv 1701.05517), eq. 2.
 * @param {number} mean @param {number} x @param {number} logScale @returns {number}
 */
function discretisedLogistic(mean, x, logScale) {
  const rate = Math.exp(-logScale);
  const upper = (x - mean + HALF_BIN) * rate;
  const lower = (x - mean - HALF_BIN) * rate;
  if (x < HALF_BIN) return -logSigmoid(upper);
  if (x > 1 - HALF_BIN) return -logSigmoid(-lower);
  // sigmoid(u) − sigmoid(l) = sigmoid(u) · sigmoid(−l) · (1 − e^(l − u)): nothing nearly equal is subtracted.
  return -(logSigmoid(upper) + logSigmoid(-lower) + Math.log(-Math.expm1(-2 * HALF_BIN * rate)));
}

/** @type {Record<Likelihood, (raw: number, x: number, logScale: number) => number>} nats of one pixel */
const PIXEL_NATS = {
  bernoulli,
  "continuous-bernoulli": (logit, x) => bernoulli(logit, x) - logConstant(logit),
  gaussian,
  "gaussian-learned": gaussian,
  "discretised-logistic": discretisedLogistic,
};

/**
 * What scores one pixel: its raw value, the pixel, and log σ make nats.
 * @param {Likelihood} likelihood
 * Throws Explained where the likelihood is unknown.
 */
export function pixelNatsOf(likelihood) {
  if (Object.hasOwn(PIXEL_NATS, likelihood)) return PIXEL_NATS[likelihood];
  const known = Object.keys(PIXEL_NATS).join(", ");
  throw new Explained(`This run's likelihood is “${likelihood}”, expected one of ${known}; open another run.`);
}

/**
 * log σ of every pixel.
 * @param {number | ArrayLike<number>} logScale one, one for each channel, or one for each pixel
 * @param {number} pixels C·H·W; channels lie one after the other
 * @returns {Float64Array} (pixels,)
 */
export function scalesOf(logScale, pixels) {
  const scales = typeof logScale === "number" ? [logScale] : logScale;
  return Float64Array.from({ length: pixels }, (_, pixel) => scales[Math.floor((pixel * scales.length) / pixels)]);
}

/**
 * −log p(x|z) of one image, summed over its pixels; negative where a density exceeds 1.
 * @param {Likelihood} likelihood
 * @param {Float32Array} raw C·H·W, the decoder's output before the likelihood's mean: logits for the two Bernoullis
 * @param {Float32Array} x C·H·W, 0 to 1
 * @param {number | ArrayLike<number>} [logScale] log σ, or the logistic's log scale: one, one for each channel, or one
 *   for each pixel; of no meaning for the Bernoullis
 * @returns {number} nats
 * Throws Explained where the likelihood is unknown or the sizes differ.
 */
export function reconstructionNats(likelihood, raw, x, logScale = 0) {
  const pixelNats = pixelNatsOf(likelihood);
  if (raw.length !== x.length) {
    throw new Explained(
      `The decoder gave ${raw.length} values and the image has ${x.length}; choose an image of the run's size.`,
    );
  }
  const scales = typeof logScale === "number" ? [logScale] : logScale;
  const each = raw.length / scales.length; // channels lie one after the other
  let nats = 0;
  for (let index = 0; index < raw.length; index++) {
    nats += pixelNats(raw[index], x[index], scales[Math.floor(index / each)]);
  }
  return nats;
}
