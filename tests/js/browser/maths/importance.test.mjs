import assert from "node:assert/strict";
import test from "node:test";
import { priorLogDensity } from "../../../../pages/ui/browser/maths/gaussian.mjs";
import { askedByDraws, evened, PRIOR, WeightedDraws } from "../../../../pages/ui/browser/maths/importance.mjs";
import { normalsFrom, uniformFrom } from "../../../../pages/ui/browser/maths/noise.mjs";
import { proposalOf } from "../../../../pages/ui/browser/model/posterior.mjs";

/**
 * A decoder x = z, each pixel seen with a deviation of SIGMA, and pixel 0 alone visible: z₀ has the posterior
 * N(x₀ / (1 + σ²), σ² / (1 + σ²)), the others have the prior, and the evidence is N(x₀; 0, 1 + σ²).
 */
const [SIGMA, SEEN] = [0.3, 1.2];
const MEAN = SEEN / (1 + SIGMA ** 2);
const EVIDENCE = -0.5 * SEEN ** 2 / (1 + SIGMA ** 2) - 0.5 * Math.log(2 * Math.PI * (1 + SIGMA ** 2));
/** @param {ArrayLike<number>} z */
const natsOf = (z) => 0.5 * ((z[0] - SEEN) / SIGMA) ** 2 + Math.log(SIGMA) + 0.5 * Math.log(2 * Math.PI);

/** @param {number} seed @param {import("../../../../pages/ui/browser/maths/importance.mjs").Proposal} proposal @param {number} count @param {number} dims */
function drawn(seed, proposal, count, dims) {
  const noise = normalsFrom(seed, count * dims);
  return Array.from({ length: count }, (_, row) => proposal.draw(noise.subarray(row * dims, (row + 1) * dims)));
}

/** @param {WeightedDraws} draws @param {number} dimension */
const meanOf = (draws, dimension) => draws.weigh().shares.reduce((sum, share, row) => sum + share * draws.zs[row][dimension], 0);

test("draws from the prior and from a proposal that is off find evidence and posterior, whatever the mixture", () => {
  const draws = new WeightedDraws();
  const off = proposalOf({ mu: [0.6, 0.5], logvar: [-1, -0.5], factor: null });
  for (const [seed, proposal] of /** @type {const} */ ([[1, PRIOR], [2, off]])) {
    const zs = drawn(seed, proposal, 4000, 2);
    draws.add(proposal, zs, zs.map(natsOf));
  }
  const { shares, effective, logEvidence } = draws.weigh();
  assert.ok(Math.abs(shares.reduce((sum, share) => sum + share, 0) - 1) < 1e-12);
  assert.ok(Math.abs(logEvidence - EVIDENCE) < 0.05, `${logEvidence}, ${EVIDENCE}`);
  assert.ok(Math.abs(meanOf(draws, 0) - MEAN) < 0.02 && Math.abs(meanOf(draws, 1)) < 0.06);
  assert.ok(effective > 1000 && effective < 8000);
});

test("a useless proposal costs draws and leaves the answer right", () => {
  const draws = new WeightedDraws();
  const useless = proposalOf({ mu: [-9, 9], logvar: [-4, -4], factor: null });
  for (const [seed, proposal] of /** @type {const} */ ([[3, PRIOR], [4, useless]])) {
    const zs = drawn(seed, proposal, 4000, 2);
    draws.add(proposal, zs, zs.map(natsOf));
  }
  assert.ok(Math.abs(draws.weigh().logEvidence - EVIDENCE) < 0.1);
  assert.ok(Math.abs(meanOf(draws, 0) - MEAN) < 0.03);
});

test("where the proposal is the posterior, all draws weigh the same and the evidence is exact", () => {
  const draws = new WeightedDraws();
  const exact = proposalOf({ mu: [MEAN, 0], logvar: [Math.log(SIGMA ** 2 / (1 + SIGMA ** 2)), 0], factor: null });
  const zs = drawn(5, exact, 50, 2);
  draws.add(exact, zs, zs.map(natsOf));
  const { effective, logEvidence } = draws.weigh();
  assert.ok(Math.abs(effective - 50) < 1e-6);
  assert.ok(Math.abs(logEvidence - EVIDENCE) < 1e-9);
});

test("a proposal's density is that of its draws: diagonal, full, wider, and never a point", () => {
  const full = { mu: [1, -1], logvar: [0, 0], factor: [0.5, 0, 0.3, 0.8] };
  const [a, b] = [1.2, -0.4];
  const [first, second] = [(a - 1) / 0.5, 0];
  const rest = (b + 1 - 0.3 * first) / 0.8;
  const expected = priorLogDensity([first, rest]) - Math.log(0.5 * 0.8) + second;
  assert.ok(Math.abs(proposalOf(full).logDensity([a, b]) - expected) < 1e-12);
  const wide = proposalOf({ mu: [0], logvar: [0], factor: null }, 2);
  assert.ok(Math.abs(wide.logDensity([1]) - (priorLogDensity([0.5]) - Math.log(2))) < 1e-12);
  assert.equal(wide.draw([3])[0], 6);
  assert.ok(Number.isFinite(proposalOf({ mu: [0], logvar: [-60], factor: null }).logDensity([0.01])));
});

test("the hidden part is guessed from the draws until these are worth enough", async () => {
  const dims = 6;
  const random = uniformFrom(6);
  let guesses = 0;
  const draws = await askedByDraws({
    score: async (zs) => ({ nats: zs.map(natsOf), images: zs.map((z) => Float32Array.from(z)) }),
    // the encoder's say of a filled image: every pixel is its z, seen with SIGMA
    guess: async (hidden) => {
      guesses++;
      const mu = Array.from(hidden, (value, pixel) => (pixel ? value : SEEN) / (1 + SIGMA ** 2));
      return proposalOf({ mu, logvar: mu.map(() => Math.log(SIGMA ** 2 / (1 + SIGMA ** 2))), factor: null }, 1.3);
    },
    noise: (count) => normalsFrom(Math.floor(2 ** 31 * random()), count),
    random,
    latentDim: dims,
    pixels: dims,
  }, { rounds: 12 });
  assert.ok(draws && guesses > 2);
  const { effective, logEvidence } = draws.weigh();
  assert.ok(effective > 25, `${effective}`);
  assert.ok(Math.abs(logEvidence - EVIDENCE) < 0.4, `${logEvidence}, ${EVIDENCE}`);
  assert.ok(Math.abs(meanOf(draws, 0) - MEAN) < 0.15);
});

test("shares are evened out as far as is asked, and no further", () => {
  const one = Float64Array.of(1 - 3e-9, 1e-9, 1e-9, 1e-9);
  const even = evened(one, 2);
  assert.ok(1 / even.reduce((sum, share) => sum + share * share, 0) >= 2);
  assert.ok(even[0] > even[1]);
  assert.deepEqual([...evened([0.25, 0.25, 0.25, 0.25], 3)], [0.25, 0.25, 0.25, 0.25]);
});
