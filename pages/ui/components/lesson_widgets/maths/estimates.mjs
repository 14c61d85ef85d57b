import { logDensity } from "./normals.mjs";

/** Estimates from draws, and how far they may be off. */

/** Mean and variance of many numbers; the variance is the unbiased one. @param {ArrayLike<number>} values */
export function meanAndVariance(values) {
  let [mean, squares] = [0, 0];
  for (let index = 0; index < values.length; index++) {
    const off = values[index] - mean; // Welford 1962: no large sums are subtracted from each other
    mean += off / (index + 1);
    squares += off * (values[index] - mean);
  }
  return { mean, variance: values.length > 1 ? squares / (values.length - 1) : NaN };
}

/** How far the mean of so many may be off: one standard error. @param {ArrayLike<number>} values */
export const standardError = (values) => Math.sqrt(meanAndVariance(values).variance / values.length);

/** The mean of the first 1, 2, 3, … @param {ArrayLike<number>} values @returns {Float64Array} */
export function runningMeans(values) {
  let sum = 0;
  return Float64Array.from(values, (value, index) => (sum += value) / (index + 1));
}

/**
 * log q(z) − log p(z) at z = μ + σ ε, whose mean is KL(q ‖ p) for p = N(0, 1).
 * @param {number} mu @param {number} sigma @param {ArrayLike<number>} noise ε
 */
export function logRatios(mu, sigma, noise) {
  return Float64Array.from(noise, (each) => {
    const z = mu + sigma * each;
    return logDensity(z, mu, sigma) - logDensity(z, 0, 1);
  });
}

/** Counts in bins of equal width, as a share of all; what lies outside is left out. @param {ArrayLike<number>} values
 *  @param {[number, number]} range @param {number} bins @returns {[number, number][]} middle of each bin, share */
export function histogram(values, [low, high], bins) {
  const counts = new Array(bins).fill(0);
  const width = (high - low) / bins;
  for (let index = 0; index < values.length; index++) {
    const bin = Math.floor((values[index] - low) / width);
    if (bin >= 0 && bin < bins) counts[bin]++;
  }
  return counts.map((count, bin) => [low + (bin + 0.5) * width, count / values.length]);
}
