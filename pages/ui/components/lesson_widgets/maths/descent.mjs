/** Gradient descent on the two losses that one might hold a posterior to its prior with, in μ and σ. */

/** @typedef {{mu: number, sigma: number}} Bell */

/** Below this a σ is shown as 0: a step may carry it past. */
const SMALLEST = 1e-4;

/** Gradient of the cross-entropy to N(0, 1). @param {Bell} bell @returns {Bell} */
export const crossEntropySlope = ({ mu, sigma }) => ({ mu, sigma });

/** Gradient of the KL divergence from N(0, 1). @param {Bell} bell @returns {Bell} */
export const klSlope = ({ mu, sigma }) => ({ mu, sigma: sigma - 1 / sigma });

/**
 * Where a descent is after each step, the start included.
 * @param {Bell} start @param {(bell: Bell) => Bell} slope @param {number} rate @param {number} steps @returns {Bell[]}
 */
export function descend(start, slope, rate, steps) {
  const bells = [start];
  for (let step = 0; step < steps; step++) {
    const { mu, sigma } = bells[step];
    const down = slope(bells[step]);
    bells.push({ mu: mu - rate * down.mu, sigma: Math.max(SMALLEST, sigma - rate * down.sigma) });
  }
  return bells;
}
