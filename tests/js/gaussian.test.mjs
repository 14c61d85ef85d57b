import assert from "node:assert/strict";
import test from "node:test";
import {
  ellipse,
  klPerDimension,
  normalCdf,
  normalQuantile,
  priorLogDensity,
  sample,
  standardNormal,
} from "../../pages/ui/latent_canvas/gaussian.mjs";
import { dimensionsPlane, principalPlane, project } from "../../pages/ui/latent_canvas/plane.mjs";
import { dot, furthestApart, numbers, uniforms } from "./seeded.mjs";

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

test("the KL divergence of each dimension is what integrating over its density gives", () => {
  const [mu, logvar] = [[0.7, 0, -1.5, 0.7], [0, -1.2, 0.8, -2]];
  const kl = klPerDimension(mu, logvar);
  kl.forEach((got, at) => {
    const deviation = Math.exp(logvar[at] / 2);
    let integral = 0;
    for (let t = -12; t <= 12; t += 1e-3) {
      const z = mu[at] + deviation * t;
      const logRatio = -0.5 * t * t - Math.log(deviation) + 0.5 * z * z;
      integral += 1e-3 * (Math.exp(-0.5 * t * t) / Math.sqrt(2 * Math.PI)) * logRatio;
    }
    assertNear(got, integral, 1e-9);
  });
});

test("the KL divergence is zero at the prior, never negative, and keeps its digits beside it", () => {
  assert.deepEqual([...klPerDimension([0, 0], [0, -0])], [0, 0]);
  const next = uniforms(3);
  for (let trial = 0; trial < 1000; trial++) {
    const logvar = (2 * next() - 1) * 10 ** (-12 * next());
    assert.ok(klPerDimension([0], [logvar])[0] >= 0);
  }
  assertNear(klPerDimension([0], [1e-5])[0], 1e-10 / 4 + 1e-15 / 12, 1e-19); // logvar² / 4 + logvar³ / 12 + …
});

test("the prior's log density counts every dimension", () => {
  assertNear(priorLogDensity([0]), -0.9189385332046727, 1e-15);
  assertNear(priorLogDensity([1, -2, 0]), 3 * -0.9189385332046727 - 2.5, 1e-14);
});

test("on two dimensions the ellipse has the standard deviations as axes", () => {
  const [mu, logvar] = [[5, 1, -2], [0, Math.log(9), Math.log(0.25)]];
  const wide = ellipse(dimensionsPlane(3, [1, 2]), mu, logvar);
  assert.deepEqual(wide.centre, [1, -2]);
  assert.ok(furthestApart([...wide.axes, wide.angle], [3, 0.5, 0]) < 1e-12);
  const tall = ellipse(dimensionsPlane(3, [2, 1]), mu, logvar);
  assert.ok(furthestApart([...tall.axes, tall.angle], [3, 0.5, Math.PI / 2]) < 1e-12);
});

test("on a plane turned by 30 degrees the ellipse is turned back by as much", () => {
  const [c, s] = [Math.cos(Math.PI / 6), Math.sin(Math.PI / 6)];
  const plane = { ...dimensionsPlane(2, [0, 1]), basis: [Float64Array.of(c, s), Float64Array.of(-s, c)] };
  const { axes, angle } = ellipse(plane, [0, 0], [Math.log(4), 0]);
  assert.ok(furthestApart([...axes, angle], [2, 1, -Math.PI / 6]) < 1e-12);
});

test("a round posterior has a circle on every plane, and a certain one a point", () => {
  const plane = principalPlane(numbers(uniforms(5), 60), 20, 3);
  assert.ok(furthestApart(ellipse(plane, [1, 2, 3], [0, 0, 0]).axes, [1, 1]) < 1e-7);
  assert.deepEqual(ellipse(plane, [1, 2, 3], [-Infinity, -Infinity, -Infinity]).axes, [0, 0]);
});

test("the ellipse is one standard deviation of the samples in every direction of the map", () => {
  const next = uniforms(9);
  const plane = principalPlane(numbers(next, 250), 50, 5);
  const [mu, logvar] = [numbers(next, 5), numbers(next, 5)];
  const { centre, axes, angle } = ellipse(plane, mu, logvar);
  const places = Array.from({ length: 40_000 }, () => {
    const noise = Float64Array.from({ length: 5 }, () => standardNormal(next));
    return project(plane, sample(mu, logvar, noise));
  });
  for (const turn of [0, 0.4, 1.1, 2]) {
    const direction = [Math.cos(turn), Math.sin(turn)];
    const squares = places.map(([x, y]) => dot(direction, [x - centre[0], y - centre[1]]) ** 2);
    const got = Math.sqrt(squares.reduce((sum, square) => sum + square, 0) / squares.length);
    const expected = Math.hypot(axes[0] * Math.cos(turn - angle), axes[1] * Math.sin(turn - angle));
    assertNear(got / expected, 1, 0.02); // more than five standard errors
  }
});

test("without noise the sample is the mean, and noise counts in standard deviations", () => {
  assert.deepEqual([...sample([1, -2], [3, 4], [0, 0])], [1, -2]);
  assert.ok(furthestApart(sample([1, -2], [Math.log(4), Math.log(9)], [1, -0.5]), [3, -3.5]) < 1e-12);
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
