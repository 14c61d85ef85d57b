import { klPerDimension } from "../../../browser/model/posterior.mjs";

/**
 * What the lessons say in numbers about Gaussians of one and two dimensions; nats throughout. Each is compared with
 * torch.distributions in tests/pages/test_lesson_numbers.py.
 */

const LOG_ROOT_TWO_PI = 0.5 * Math.log(2 * Math.PI);

/** The log density of N(mu, sigma²) at x. @param {number} x @param {number} mu @param {number} sigma */
export function logDensity(x, mu, sigma) {
  const t = (x - mu) / sigma;
  return -0.5 * t * t - Math.log(sigma) - LOG_ROOT_TWO_PI;
}

/** @param {number} x @param {number} mu @param {number} sigma */
export const density = (x, mu, sigma) => Math.exp(logDensity(x, mu, sigma));

/**
 * KL divergence of N(mu, sigma²) from N(0, 1), through log σ² as the network emits it.
 * @param {number} mu @param {number} sigma above 0 @returns {number} never negative
 */
export const klToPrior = (mu, sigma) => 
  klPerDimension({ mu: [mu], logvar: [2 * Math.log(sigma)], factor: null })[0];

/**
 * KL divergence of N(mu, sigma²) from N(otherMu, otherSigma²).
 * @param {number} mu @param {number} sigma @param {number} otherMu @param {number} otherSigma
 */
export function klBetween(mu, sigma, otherMu, otherSigma) {
  return klToPrior((mu - otherMu) / otherSigma, sigma / otherSigma); // unchanged when both are moved and scaled
}

/**
 * What the KL of q = N(mu, sigma²) from p = N(otherMu, otherSigma²) is the integral of: q (log q − log p).
 * @param {number} x @param {number} mu @param {number} sigma @param {number} otherMu @param {number} otherSigma
 */
export function klIntegrand(x, mu, sigma, otherMu, otherSigma) {
  const logQ = logDensity(x, mu, sigma);
  return Math.exp(logQ) * (logQ - logDensity(x, otherMu, otherSigma));
}

/** The part of the KL to the standard normal that μ pays. @param {number} mu */
export const meanPenalty = (mu) => 0.5 * mu * mu;

/** The part that σ pays: least at 1. @param {number} sigma */
export const spreadPenalty = (sigma) => klToPrior(0, sigma);

/** H(q), the differential entropy of N(·, sigma²): negative below σ = 0.242. @param {number} sigma */
export const entropy = (sigma) => LOG_ROOT_TWO_PI + 0.5 + Math.log(sigma);

/** H(q, p), the cross-entropy of q = N(mu, sigma²) to p = N(0, 1). @param {number} mu @param {number} sigma */
export const crossEntropy = (mu, sigma) => LOG_ROOT_TWO_PI + 0.5 * (mu * mu + sigma * sigma);

/**
 * The integral by Simpson's rule.
 * @param {(x: number) => number} f @param {number} from @param {number} to @param {number} [steps] even
 */
export function integral(f, from, to, steps = 2000) {
  const width = (to - from) / steps;
  let sum = f(from) + f(to);
  for (let index = 1; index < steps; index++) sum += (index % 2 ? 4 : 2) * f(from + index * width);
  return (sum * width) / 3;
}

/**
 * The KL of a Gaussian in the plane from N(0, I), term by term: ½ (tr Σ + μᵀμ − 2 − log det Σ).
 * Source: Kingma & Welling 2019 (arXiv 1906.02691), section 2.5.1.
 * @param {readonly [number, number]} mu
 * @param {{xx: number, xy: number, yy: number}} covariance positive definite
 */
export function planeKl([x, y], { xx, xy, yy }) {
  const trace = xx + yy;
  const square = x * x + y * y;
  const logDeterminant = Math.log(xx * yy - xy * xy);
  const correlation = xy / Math.sqrt(xx * yy);
  return {
    trace, square, logDeterminant, correlation,
    kl: 0.5 * (trace + square - 2 - logDeterminant),
    /** What a diagonal posterior with the same variances would pay. */
    diagonal: 0.5 * (trace + square - 2 - Math.log(xx * yy)),
    /** And what the correlation costs on top: −½ log(1 − ρ²). */
    tied: -0.5 * Math.log1p(-correlation * correlation),
  };
}

/**
 * The covariance of an ellipse with standard deviations along its axes, the first turned by an angle (radians).
 * @param {number} first @param {number} second @param {number} angle
 */
export function covarianceOf(first, second, angle) {
  const [c, s] = [Math.cos(angle), Math.sin(angle)];
  const [a, b] = [first * first, second * second];
  return { xx: a * c * c + b * s * s, xy: (a - b) * c * s, yy: a * s * s + b * c * c };
}
