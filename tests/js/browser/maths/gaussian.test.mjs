import assert from "node:assert/strict";
import test from "node:test";
import { normalCdf, normalQuantile, priorLogDensity, standardNormal } from "../../../../pages/ui/browser/maths/gaussian.mjs";
import { uniforms } from "../../seeded.mjs";

/** @param {number} got @param {number} expected @param {number} tolerance */
function assertNear(got, expected, tolerance) {
  assert.ok(Math.abs(got - expected) <= tolerance, `${got} is not ${expected}`);
}

test("quantiles are those of the tables", () => {
  const table = [
    [0.5, 0],
    [0.6, 0.2533471031357997],
    [0.75, 0.6744897501960817],
    [0.9, 1.2815515655446004],
    [0.975, 1.959963984540054],
    [0.995, 2.5758293035489004],
    [0.999, 3.090232306167813],
    [1e-6, -4.753424308822899],
    [1e-12, -7.034483825301131],
  ];
  for (const [p, x] of table) assertNear(normalQuantile(p), x, 1e-12);
});

test("the distribution function has the tables' values, and their digits in the lower tail", () => {
  const table = [
    [0, 0.5],
    [1, 0.8413447460685429],
    [2.5, 0.9937903346742239],
    [-1.96, 0.024997895148220435],
    [-3, 1.3498980316300946e-3],
    [-5, 2.866515718791939e-7],
    [-8, 6.220960574271785e-16],
  ];
  for (const [x, p] of table) assertNear(normalCdf(x), p, 1e-13 * p);
});

test("the quantile undoes the distribution function everywhere between 1e-12 and 1 − 1e-12", () => {
  for (let x = -7; x <= 7; x += 0.01) assertNear(normalCdf(normalQuantile(normalCdf(x))), normalCdf(x), 1e-14);
  for (let exponent = -12; exponent < -0.31; exponent += 0.01) {
    const p = 10 ** exponent;
    assertNear(normalCdf(normalQuantile(p)) / p, 1, 1e-12);
    assertNear(normalQuantile(1 - p), -normalQuantile(1 - (1 - p)), 0);
  }
});

test("the quantile rises across the places where its approximations meet", () => {
  for (const seam of [0.02425, 0.5, 0.97575]) {
    const values = [-3, -2, -1, 0, 1, 2, 3].map((step) => normalQuantile(seam + step * 1e-9));
    values.slice(1).forEach((value, at) => assert.ok(value > values[at], `at ${seam}`));
  }
});

test("a share of 0 or 1 is infinitely far out, and outside there is no quantile", () => {
  assert.deepEqual([0, 1, -0.1, 1.1, NaN].map(normalQuantile), [-Infinity, Infinity, NaN, NaN, NaN]);
  assert.deepEqual([-Infinity, Infinity, NaN].map(normalCdf), [0, 1, NaN]);
});

test("the prior's log density counts every dimension", () => {
  assertNear(priorLogDensity([0]), -0.9189385332046727, 1e-15);
  assertNear(priorLogDensity([1, -2, 0]), 3 * -0.9189385332046727 - 2.5, 1e-14);
});

test("normal numbers fall below each quantile as often as they should", () => {
  const next = uniforms(21);
  const drawn = Array.from({ length: 40_000 }, () => standardNormal(next));
  for (const p of [0.01, 0.1, 0.5, 0.9, 0.99]) {
    const share = drawn.filter((value) => value < normalQuantile(p)).length / drawn.length;
    assertNear(share, p, 5 * Math.sqrt((p * (1 - p)) / drawn.length));
  }
});

test("the smallest and the largest uniform numbers still give finite ones", () => {
  for (const u of [0, 2 ** -53, 1 - 2 ** -53]) assert.ok(Number.isFinite(standardNormal(() => u)), `${u}`);
});
