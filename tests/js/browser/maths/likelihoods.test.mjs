import assert from "node:assert/strict";
import test from "node:test";
import { reconstructionNats } from "../../../../pages/ui/browser/maths/likelihoods.mjs";

/** @import { Likelihood } from "../../../../pages/ui/browser/maths/likelihoods.mjs" */

const LOGITS = Float32Array.of(-120, -3.5, -0.25, 0, 0.125, 0.75, 2, 120);
const MEANS = Float32Array.of(-0.1, 0.25, 0.5, 0.9375, 0, 0.75, 1.125, 1);
const PIXELS = Float32Array.of(0, 51 / 255, 102 / 255, 1, 0, 204 / 255, 1, 1);

/**
 * Made by LIKELIHOODS[name].nats(raw, x, log_scale) of vae_core/model/likelihoods.py, with the arrays above (rounded to
 * float32, then widened to float64).
 * @type {[Likelihood, number, number][]} likelihood, log scale, nats
 */
const FROM_PYTHON = [
  ["bernoulli", 0, 3.5202350741666835],
  ["continuous-bernoulli", 0, -11.157887345432629],
  ["gaussian", -3, -7.665897504250901],
  ["gaussian", -1.5, -4.201274701307267],
  ["gaussian-learned", -1.5, -4.201274701307267],
  ["gaussian-learned", 0, 7.3737738906373815],
  ["discretised-logistic", -3, 16.160552659565138],
  ["discretised-logistic", -1.5, 19.512180506549203],
  ["discretised-logistic", 0, 24.169778928265238],
];

for (const [likelihood, logScale, expected] of FROM_PYTHON) {
  test(`${likelihood} at log scale ${logScale} is what Python says`, () => {
    const raw = likelihood.includes("bernoulli") ? LOGITS : MEANS;
    const nats = reconstructionNats(likelihood, raw, PIXELS, logScale);
    assert.ok(Math.abs(nats - expected) < 1e-9 * Math.abs(expected), `${nats}`);
  });
}

/** @param {Likelihood} likelihood @param {number} raw @param {number} x @param {number} [logScale] */
const pixel = (likelihood, raw, x, logScale) =>
  reconstructionNats(likelihood, Float32Array.of(raw), Float32Array.of(x), logScale);

/** @param {number} one @param {number} other @param {number} within */
const near = (one, other, within) => assert.ok(Math.abs(one - other) <= within, `${one}, ${other}`);

test("logits of ±120 cost nothing where they are right and 120 nats where they are wrong", () => {
  near(pixel("bernoulli", 120, 1), Math.exp(-120), 1e-60);
  near(pixel("bernoulli", -120, 0), Math.exp(-120), 1e-60);
  assert.equal(pixel("bernoulli", 120, 0), 120);
  assert.equal(pixel("bernoulli", -120, 1), 120);
  near(pixel("continuous-bernoulli", 120, 1), -Math.log(120), 1e-12);
  near(pixel("continuous-bernoulli", -120, 1), 120 - Math.log(120), 1e-12);
});

/** @param {(x: number) => number} density @param {number} [parts] Simpson's rule over 0 to 1 */
function integral(density, parts = 400) {
  let sum = 0;
  for (let at = 0; at <= parts; at++) sum += (at % parts === 0 ? 1 : at % 2 ? 4 : 2) * density(at / parts);
  return sum / (3 * parts);
}

test("the continuous Bernoulli's density integrates to 1 at both sides of its series, and at 0", () => {
  for (const logit of [-5, -0.31, -0.29, 0, 1e-3, 0.29, 0.31, 5]) {
    near(integral((x) => Math.exp(-pixel("continuous-bernoulli", logit, x))), 1, 1e-6);
  }
});

test("the 256 levels of the discretised logistic have probabilities that add up to 1", () => {
  for (const [mean, logScale] of [[0.5, -4], [0, -2], [1.3, -1], [0.2, -9]]) {
    let sum = 0;
    for (let level = 0; level < 256; level++) {
      sum += Math.exp(-pixel("discretised-logistic", mean, level / 255, logScale));
    }
    near(sum, 1, 1e-5); // the mean and the levels are rounded to float32
  }
});

test("the Gaussian at its mean has the density 1 / (σ √2π)", () => {
  near(pixel("gaussian", 0.5, 0.5, Math.log(0.1)), -Math.log(1 / (0.1 * Math.sqrt(2 * Math.PI))), 1e-12);
});

test("an image is the sum of its pixels, whatever their order", () => {
  const nats = reconstructionNats("bernoulli", LOGITS, PIXELS);
  near(reconstructionNats("bernoulli", LOGITS.toReversed(), PIXELS.toReversed()), nats, 1e-12);
  const twice = [Float32Array.of(...LOGITS, ...LOGITS), Float32Array.of(...PIXELS, ...PIXELS)];
  near(reconstructionNats("bernoulli", twice[0], twice[1]), 2 * nats, 1e-12);
});

test("a width for each channel, or each pixel, is that of its own pixels", () => {
  for (const likelihood of /** @type {Likelihood[]} */ (["gaussian-learned", "discretised-logistic"])) {
    const [first, second] = [[0, 4], [4, 8]].map(([from, to], index) =>
      reconstructionNats(likelihood, MEANS.slice(from, to), PIXELS.slice(from, to), [-3, -1][index]),
    );
    near(reconstructionNats(likelihood, MEANS, PIXELS, Float32Array.of(-3, -1)), first + second, 1e-9);
    near(reconstructionNats(likelihood, MEANS, PIXELS, [-3, -3, -3, -3, -1, -1, -1, -1]), first + second, 1e-9);
  }
});

test("images of another size and likelihoods of another program are refused", () => {
  assert.throws(() => reconstructionNats("bernoulli", LOGITS, new Float32Array(4)), /8 values and the image has 4/);
  const unknown = /** @type {Likelihood} */ ("toString");
  assert.throws(() => reconstructionNats(unknown, LOGITS, PIXELS), /“toString”, expected one of bernoulli/);
});
