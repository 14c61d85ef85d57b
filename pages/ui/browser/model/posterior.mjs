import { INACTIVE_NATS, POINT_LOGVAR } from "../lib/contract.mjs";
import { project } from "./plane.mjs";

/** What an encoder makes of an image, q(z|x): the same formulas as `vae_core/model/posteriors.py`, in float64. Pure. */

/** @import { Point } from "../lib/types.mjs" */
/** @import { Plane } from "./plane.mjs" */

/**
 * N(mu, diag exp(logvar)), or with a factor L, N(mu, L Lᵀ).
 * @typedef {object} Posterior
 * @property {ArrayLike<number>} mu (D,)
 * @property {ArrayLike<number>} logvar (D,), the logarithm of each dimension's own variance
 * @property {ArrayLike<number> | null} factor (D, D) row by row, lower triangular, its diagonal positive
 */

/** Whether all of the probability lies at mu. @param {Posterior} posterior @returns {boolean} */
export const isPoint = ({ logvar }) => Array.from(logvar).every((value) => value <= POINT_LOGVAR);

/**
 * KL divergence from the prior N(0, I), dimension by dimension; with a full covariance by the chain rule, each dimension
 * given those before it.
 * Source: Kingma & Welling 2014 (arXiv 1312.6114), appendix B; 2019 (arXiv 1906.02691), section 2.5.1.
 * @param {Posterior} posterior
 * @returns {Float64Array} (D,) nats, never negative; zeros for a point, which is held to no prior
 */
export function klPerDimension({ mu, logvar, factor }) {
  if (isPoint({ mu, logvar, factor })) return new Float64Array(mu.length);
  if (factor) return Float64Array.from(mu, (mean, index) => chained(mean, rowOf(factor, index, mu.length), index));
  // expm1 keeps the digits that exp(logvar) − 1 loses near the prior.
  return Float64Array.from(mu, (mean, index) => 0.5 * (mean * mean + Math.max(0, Math.expm1(logvar[index]) - logvar[index])));
}

/** @param {number} mean @param {number[]} row of L @param {number} index its number */
function chained(mean, row, index) {
  const variance = row.reduce((sum, value) => sum + value * value, 0);
  return Math.max(0, 0.5 * (mean * mean + variance - 1) - Math.log(row[index]));
}

/** @param {ArrayLike<number>} factor @param {number} index @param {number} size @returns {number[]} */
const rowOf = (factor, index, size) => Array.from({ length: size }, (_, column) => factor[index * size + column]);

/**
 * One z: mu + σ · noise, or mu + L · noise.
 * @param {Posterior} posterior @param {ArrayLike<number>} noise (D,) standard normal
 * @returns {Float64Array} (D,)
 */
export function sample({ mu, logvar, factor }, noise) {
  if (!factor) return Float64Array.from(mu, (mean, index) => mean + Math.exp(logvar[index] / 2) * noise[index]);
  return Float64Array.from(mu, (mean, index) =>
    rowOf(factor, index, mu.length).reduce((sum, value, column) => sum + value * noise[column], mean),
  );
}

/** No proposal is narrower: a model without noise would draw the same z over and over. */
const LEAST_SIGMA = 0.02;

/**
 * The posterior as something to draw from and to weigh draws by.
 * @param {Posterior} posterior @param {number} [wider] as many times its standard deviations
 * @returns {import("../maths/importance.mjs").Proposal}
 */
export function proposalOf({ mu, logvar, factor }, wider = 1) {
  const size = mu.length;
  const floor = 2 * Math.log(LEAST_SIGMA);
  const wide = {
    mu,
    logvar: Float64Array.from(logvar, (value) => Math.max(value, floor) + 2 * Math.log(wider)),
    factor: factor && Float64Array.from(factor, (value) => wider * value),
  };
  const constant = -0.5 * size * Math.log(2 * Math.PI);
  return {
    draw: (noise) => sample(wide, noise),
    logDensity(z) {
      const { noise, logVolume } = wide.factor ? whitened(wide.factor, mu, z) : scaled(wide.logvar, mu, z);
      return constant - logVolume - 0.5 * noise.reduce((sum, value) => sum + value * value, 0);
    },
  };
}

/** The noise that makes z, and Σ log σ. @param {Float64Array} logvar @param {ArrayLike<number>} mu @param {ArrayLike<number>} z */
function scaled(logvar, mu, z) {
  const noise = logvar.map((value, index) => (z[index] - mu[index]) * Math.exp(-value / 2));
  return { noise, logVolume: logvar.reduce((sum, value) => sum + value / 2, 0) };
}

/** The same by solving L · noise = z − mu from the top. @param {Float64Array} factor @param {ArrayLike<number>} mu @param {ArrayLike<number>} z */
function whitened(factor, mu, z) {
  const noise = new Float64Array(mu.length);
  let logVolume = 0;
  for (let row = 0; row < mu.length; row++) {
    const values = rowOf(factor, row, mu.length);
    const known = noise.subarray(0, row).reduce((sum, value, column) => sum + value * values[column], 0);
    noise[row] = (z[row] - mu[row] - known) / values[row];
    logVolume += Math.log(values[row]);
  }
  return { noise, logVolume };
}

/**
 * @typedef {object} Ellipse
 * @property {Point} centre on the map
 * @property {Point} axes half-lengths at one standard deviation, the longer first
 * @property {number} angle of the longer one from the x axis, radians, above −π/2 and up to π/2
 */

/**
 * The posterior's outline on a plane: its marginal there has covariance B Σ Bᵀ.
 * @param {Plane} plane @param {Posterior} posterior
 * @returns {Ellipse}
 */
export function ellipse(plane, posterior) {
  const [first, second] = plane.basis.map((direction) => spread(posterior, direction));
  let [xx, xy, yy] = [0, 0, 0];
  for (let index = 0; index < first.length; index++) {
    xx += first[index] * first[index];
    xy += first[index] * second[index];
    yy += second[index] * second[index];
  }
  const longer = (xx + yy) / 2 + Math.hypot((xx - yy) / 2, xy);
  const shorter = longer > 0 ? Math.max(0, xx * yy - xy * xy) / longer : 0; // their product is the determinant
  return {
    centre: project(plane, posterior.mu),
    axes: [Math.sqrt(longer), Math.sqrt(shorter)],
    angle: 0.5 * Math.atan2(2 * xy, xx - yy),
  };
}

/** Lᵀ b: how much of each noise goes in direction b. @param {Posterior} posterior @param {Float64Array} direction */
function spread({ logvar, factor }, direction) {
  if (!factor) return direction.map((value, index) => value * Math.exp(logvar[index] / 2));
  const size = direction.length;
  return direction.map((_, column) =>
    direction.reduce((sum, value, row) => sum + value * factor[row * size + column], 0),
  );
}

/**
 * One dimension, as a table tells it.
 * @typedef {object} Dimension
 * @property {number} dimension from 0
 * @property {number} mu
 * @property {number} logvar
 * @property {number} sigma
 * @property {number} kl nats
 * @property {number} z
 */

/**
 * The dimensions, most KL first, and which of them say nothing. Those of a point have no KL and stay in their order.
 * @param {Posterior} posterior @param {ArrayLike<number>} z (D,)
 * @returns {{active: Dimension[], inactive: Dimension[], kl: number}} kl: nats, of all of them
 */
export function dimensionsOf(posterior, z) {
  const { mu, logvar } = posterior;
  const kl = klPerDimension(posterior);
  const all = Array.from(mu, (mean, dimension) => ({
    dimension,
    mu: mean,
    logvar: logvar[dimension],
    sigma: Math.exp(logvar[dimension] / 2),
    kl: kl[dimension],
    z: z[dimension],
  }));
  const total = kl.reduce((sum, nats) => sum + nats, 0);
  if (isPoint(posterior)) return { active: all, inactive: [], kl: 0 };
  all.sort((one, other) => other.kl - one.kl);
  return {
    active: all.filter(({ kl: nats }) => nats >= INACTIVE_NATS),
    inactive: all.filter(({ kl: nats }) => nats < INACTIVE_NATS),
    kl: total,
  };
}
