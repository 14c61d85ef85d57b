import { standardNormal } from "../../../browser/maths/gaussian.mjs";

/** @import { Mixture } from "../../../browser/lib/contract.mjs" */
/** @import { Posteriors } from "../../../browser/model/embedding.mjs" */

/** Where new images can be drawn from, in a plane; pure. */

/** z ~ N(0, I). @param {() => number} random @param {number} count @returns {Float32Array} (count, 2) */
export const fromPrior = (random, count) => Float32Array.from({ length: 2 * count }, () => standardNormal(random));

/**
 * z ~ q(z), the mean of all posteriors: an image by chance, then its posterior.
 * @param {() => number} random @param {number} count @param {Posteriors} posteriors @returns {Float32Array} (count, 2)
 */
export function fromPosteriors(random, count, { count: images, mu, logvar }) {
  const z = new Float32Array(2 * count);
  for (let index = 0; index < count; index++) {
    const row = Math.floor(random() * images);
    for (let dim = 0; dim < 2; dim++) {
      z[2 * index + dim] = mu[2 * row + dim] + Math.exp(logvar[2 * row + dim] / 2) * standardNormal(random);
    }
  }
  return z;
}

/**
 * z from a mixture: a part by its weight, then its Gaussian, by the Cholesky factor of its covariance.
 * @param {() => number} random @param {number} count @param {Mixture} mixture @returns {Float32Array} (count, 2)
 */
export function fromMixture(random, count, { weights, means, covariances }) {
  const z = new Float32Array(2 * count);
  for (let index = 0; index < count; index++) {
    const part = chosen(weights, random());
    const [[xx, xy], [, yy]] = covariances[part];
    const [first, second] = [standardNormal(random), standardNormal(random)];
    const along = Math.sqrt(xx);
    z[2 * index] = means[part][0] + along * first;
    z[2 * index + 1] = means[part][1] + (xy / along) * first + Math.sqrt(Math.max(0, yy - (xy * xy) / xx)) * second;
  }
  return z;
}

/** @param {number[]} weights @param {number} share 0 or more and below 1 @returns {number} */
function chosen(weights, share) {
  let left = share;
  const part = weights.findIndex((weight) => (left -= weight) < 0);
  return part < 0 ? weights.length - 1 : part;
}

/**
 * How undecided images are: the mean entropy of a pixel that is white with probability x. Nats, at most log 2 for grey.
 * @param {ArrayLike<number>} pixels 0 to 1, of any number of images
 */
export function undecidedNats(pixels) {
  let sum = 0;
  for (let index = 0; index < pixels.length; index++) {
    const x = pixels[index];
    if (x > 0 && x < 1) sum -= x * Math.log(x) + (1 - x) * Math.log(1 - x);
  }
  return sum / pixels.length;
}

/** Every so many rows of a map. @param {Posteriors} posteriors @param {number} every @returns {Posteriors} */
export function thinned({ count, latentDim, mu, logvar, labels, index, split }, every) {
  const rows = Int32Array.from({ length: Math.ceil(count / every) }, (_, index) => index * every);
  /** @param {Float32Array} values */
  const pick = (values) =>
    Float32Array.from({ length: rows.length * latentDim }, (_, index) =>
      values[rows[Math.floor(index / latentDim)] * latentDim + (index % latentDim)]);
  return {
    count: rows.length,
    latentDim,
    mu: pick(mu),
    logvar: pick(logvar),
    labels: Uint8Array.from(rows, (row) => labels[row]),
    index: rows.map((row) => index[row]),
    split,
  };
}
