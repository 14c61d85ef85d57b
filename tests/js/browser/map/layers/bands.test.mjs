import assert from "node:assert/strict";
import test from "node:test";
import { lineDensity, lineStretch } from "../../../../../pages/ui/browser/map/layers/bands.mjs";
import { holeShades, logRatio, middleOf } from "../../../../../pages/ui/browser/map/layers/regions.mjs";

/** @import { Point } from "../../../../../pages/ui/browser/lib/types.mjs" */

const VIEW = { x: /** @type {Point} */ ([-4, 4]), y: /** @type {Point} */ ([-1, 7]) };
/** @type {Point} */
const ORIGIN = [0, 0];

/** @param {[number, number][]} gaussians mean and standard deviation */
const posteriors = (gaussians) => ({
  count: gaussians.length,
  mu: Float32Array.from(gaussians, ([mean]) => mean),
  logvar: Float32Array.from(gaussians, ([, sigma]) => 2 * Math.log(sigma)),
});

/** @param {number} z @param {number} mean @param {number} sigma */
const normal = (z, mean, sigma) => Math.exp(-0.5 * ((z - mean) / sigma) ** 2) / (sigma * Math.sqrt(2 * Math.PI));

test("the density on a line is the mean of the posteriors' densities, the same at every height", () => {
  const field = lineDensity(posteriors([[0.3, 0.5], [-1.7, 0.8]]), VIEW, 96);
  for (let cell = 0; cell < field.values.length; cell += 7) {
    const [z] = middleOf(field, cell);
    const expected = (normal(z, 0.3, 0.5) + normal(z, -1.7, 0.8)) / 2;
    assert.ok(Math.abs(field.values[cell] - expected) < 2e-4, `at ${z}: ${field.values[cell]}, not ${expected}`);
  }
});

test("a posterior narrower than a column is not missed", () => {
  const { values } = lineDensity(posteriors([[0.04, 1e-4]]), VIEW, 96);
  const mass = values.subarray(0, 96).reduce((sum, density) => sum + density * (8 / 96), 0);
  assert.ok(Math.abs(mass - 1) < 0.03, `${mass}`);
});

test("posteriors that are the prior leave no hole on a line, and those beside it leave one where the prior is", () => {
  const same = lineDensity(posteriors([[0, 1]]), VIEW, 96);
  assert.ok(holeShades(logRatio(same, ORIGIN, 1), ORIGIN, 1).every((value, at) => at % 4 !== 3 || value === 0));
  const beside = lineDensity(posteriors([[2, 0.2]]), VIEW, 96);
  const shades = holeShades(logRatio(beside, ORIGIN, 1), ORIGIN, 1);
  const alphaAt = (/** @type {number} */ z) => shades[4 * Math.floor(((z + 4) / 8) * 96) + 3];
  assert.ok(alphaAt(0) > 100, "where the prior is");
  assert.ok(alphaAt(2) > 0, "where they crowd");
  assert.equal(alphaAt(-2.7), 0, "99 % of the prior lie nearer to 0");
  assert.ok(alphaAt(-2.45) > 100, "and this is among them");
});

test("stretch on a line is how far the image goes for each unit of z", async () => {
  const decode = async (/** @type {Float32Array} */ zs) => Float32Array.from([...zs].flatMap((z) => [3 * z, 4 * z, 7]));
  const field = await lineStretch(decode, VIEW, 8);
  assert.equal(field?.values.length, 64);
  assert.ok(field.values.every((value) => Math.abs(value - 5) < 1e-4), `${field.values}`);
});

test("stretch that is called off comes to nothing", async () => {
  const decode = async (/** @type {Float32Array} */ zs) => zs;
  assert.equal(await lineStretch(decode, VIEW, 4, { signal: AbortSignal.abort() }), null);
});
