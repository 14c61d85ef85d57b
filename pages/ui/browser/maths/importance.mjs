import { priorLogDensity } from "./gaussian.mjs";
import { logSumExp, systematic } from "./patches.mjs";

/**
 * Weighted draws of z for what a lattice has too few dimensions for: from the prior and from what an encoder makes of
 * guesses at the hidden part, weighed so that they stand for p(z | visible) whatever they were drawn from.
 */

/**
 * What z are drawn from.
 * @typedef {object} Proposal
 * @property {(noise: ArrayLike<number>) => Float64Array} draw standard normal numbers (D,) to z (D,)
 * @property {(z: ArrayLike<number>) => number} logDensity nats
 */

/** The model's own prior, N(0, I). @type {Proposal} */
export const PRIOR = { draw: (noise) => Float64Array.from(noise), logDensity: priorLogDensity };

/**
 * Draws from several proposals, each weighed by prior × likelihood over the density of the mixture of all of them: so a
 * weight is bounded wherever one proposal is good, and a bad one costs draws and nothing else.
 * Source: Veach & Guibas 1995, the balance heuristic; Cornuet et al. 2012 (arXiv 0907.1254), for proposals that are
 * found on the way.
 */
export class WeightedDraws {
  /** @type {{proposal: Proposal, count: number}[]} */
  #mixture = [];
  /** (n, proposals) log densities. @type {number[][]} */
  #logDensities = [];

  constructor() {
    /** @type {Float64Array[]} (n) of (D,) */
    this.zs = [];
    /** log p(z) + log p(visible | z), nats. @type {number[]} */
    this.logJoint = [];
  }

  /**
   * @param {Proposal} proposal @param {Float64Array[]} zs that were drawn from it @param {ArrayLike<number>} nats
   *   −log p(visible | z) of each
   */
  add(proposal, zs, nats) {
    this.#mixture.push({ proposal, count: zs.length });
    this.zs.forEach((z, row) => this.#logDensities[row].push(proposal.logDensity(z)));
    zs.forEach((z, row) => {
      this.zs.push(z);
      this.logJoint.push(priorLogDensity(z) - nats[row]);
      this.#logDensities.push(this.#mixture.map((each) => each.proposal.logDensity(z)));
    });
  }

  /**
   * @returns {{shares: Float64Array, effective: number, logEvidence: number}} shares: of the draws, adding up to 1;
   *   effective: as many equally likely draws would be as good (Kish 1965); logEvidence: log p(visible), nats
   */
  weigh() {
    const total = this.zs.length;
    const logCounts = this.#mixture.map(({ count }) => Math.log(count / total));
    const logs = this.logJoint.map((joint, row) => joint - logSumExp(this.#logDensities[row].map((log, each) => log + logCounts[each])));
    const sum = logSumExp(logs);
    const shares = Float64Array.from(logs, (log) => Math.exp(log - sum));
    return {
      shares,
      effective: 1 / shares.reduce((squares, share) => squares + share * share, 0),
      logEvidence: sum - Math.log(total),
    };
  }
}

/**
 * Shares evened out until they stand for at least some equally likely draws: the first guesses are so far off that one
 * of them has all of the weight, and all that follows would be found around it.
 * @param {ArrayLike<number>} shares @param {number} least @returns {Float64Array} adding up to 1
 */
export function evened(shares, least) {
  let power = 1;
  for (let turn = 0; turn < 12; turn++, power /= 1.6) {
    const raised = Float64Array.from(shares, (share) => share ** power);
    const sum = raised.reduce((all, share) => all + share, 0);
    const even = raised.map((share) => share / sum);
    if (1 / even.reduce((squares, share) => squares + share * share, 0) >= Math.min(least, shares.length)) return even;
  }
  return new Float64Array(shares.length).fill(1 / shares.length);
}

/**
 * @typedef {object} Asking
 * @property {(zs: Float64Array[]) => Promise<{nats: ArrayLike<number>, images: Float32Array[]}>} score −log p(visible | z)
 *   of each, and its decoded mean
 * @property {(hidden: ArrayLike<number>) => Promise<Proposal | null>} guess what the encoder makes of the image with its
 *   hidden part as here (C·H·W); null for a model without one
 * @property {(count: number) => ArrayLike<number>} noise standard normal numbers
 * @property {() => number} random uniform, 0 to 1
 * @property {number} latentDim
 * @property {number} pixels C·H·W
 * @property {AbortSignal} [signal]
 */

/** Draws of a round from each of its guesses, from all draws so far taken together, and from the prior. */
const PER_GUESS = 24;
const FROM_PRIOR = 32;
/** Guesses of a round: the hidden part as some of the draws have it. */
const GUESSES = 6;
/** As many effective draws are enough to stop for. */
const ENOUGH = 200;
/** Of fewer no spread can be told. */
const LEAST_TOGETHER = 30;
/** What the hidden part is at first: nothing, half grey. */
const FIRST_FILLINGS = [0, 0.5];

/**
 * Draw, weigh, fill the hidden part as the best draws have it, encode that, draw from there, until it is enough.
 * Source of the filling: Rezende et al. 2014 (arXiv 1401.4082), appendix F; here its states are proposals to be weighed,
 * so that no chain has to have come to rest.
 * @param {Asking} asking
 * @param {{rounds?: number, onRound?: (draws: WeightedDraws, round: number) => unknown}} [options] onRound is waited for
 * @returns {Promise<WeightedDraws | null>} null once it is called off
 */
export async function askedByDraws(asking, { rounds = 8, onRound = () => undefined } = {}) {
  const draws = new WeightedDraws();
  let proposals = [PRIOR, ...(await guessed(asking, FIRST_FILLINGS.map((value) => new Float32Array(asking.pixels).fill(value))))];
  for (let round = 0; round < rounds; round++) {
    if (!(await drawFrom(draws, asking, proposals))) return null;
    const { shares, effective } = draws.weigh();
    await onRound(draws, round);
    if (effective >= ENOUGH || asking.signal?.aborted) break;
    const rows = systematic(evened(shares, GUESSES), GUESSES, asking.random());
    const { images } = await asking.score([...new Set(rows)].map((row) => draws.zs[row]));
    proposals = [PRIOR, ...(await guessed(asking, images)), together(draws.zs, shares)];
  }
  return asking.signal?.aborted ? null : draws;
}

/**
 * All draws as one normal distribution, dimension by dimension: where little is visible, posteriors are wider than what
 * any guess at the rest makes of it.
 * @param {Float64Array[]} zs @param {Float64Array} shares @returns {Proposal}
 */
function together(zs, shares) {
  const even = evened(shares, LEAST_TOGETHER);
  const mean = zs[0].map((_, each) => even.reduce((sum, share, row) => sum + share * zs[row][each], 0));
  const sigma = mean.map((middle, each) => Math.sqrt(even.reduce((sum, share, row) => sum + share * (zs[row][each] - middle) ** 2, 0)));
  return scaledPrior(mean, sigma);
}

/** @param {Float64Array} mean @param {Float64Array} sigma @returns {Proposal} */
function scaledPrior(mean, sigma) {
  const logVolume = sigma.reduce((sum, value) => sum + Math.log(value), 0);
  return {
    draw: (noise) => mean.map((middle, each) => middle + sigma[each] * noise[each]),
    logDensity: (z) => priorLogDensity(mean.map((middle, each) => (z[each] - middle) / sigma[each])) - logVolume,
  };
}

/** @param {Asking} asking @param {ArrayLike<number>[]} fillings @returns {Promise<Proposal[]>} */
async function guessed({ guess }, fillings) {
  const found = [];
  for (const filling of fillings) found.push(await guess(filling));
  return found.filter((each) => each !== null);
}

/**
 * @param {WeightedDraws} draws added to @param {Asking} asking @param {Proposal[]} proposals
 * @returns {Promise<boolean>} false where it was called off
 */
async function drawFrom(draws, { score, noise, latentDim, signal }, proposals) {
  const zs = proposals.map((proposal) =>
    Array.from({ length: proposal === PRIOR ? FROM_PRIOR : PER_GUESS }, () => proposal.draw(noise(latentDim))),
  );
  const { nats } = await score(zs.flat());
  if (signal?.aborted) return false;
  let from = 0;
  proposals.forEach((proposal, each) => {
    draws.add(proposal, zs[each], Array.from(nats).slice(from, from + zs[each].length));
    from += zs[each].length;
  });
  return true;
}
