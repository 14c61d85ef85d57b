import assert from "node:assert/strict";
import test from "node:test";
import { standardNormal } from "../../../../pages/ui/browser/maths/gaussian.mjs";
import { dimensionsPlane, project } from "../../../../pages/ui/browser/model/plane.mjs";
import { dimensionsOf, ellipse, isPoint, klPerDimension, sample } from "../../../../pages/ui/browser/model/posterior.mjs";
import { dot, furthestApart, numbers, obliquePlane, uniforms } from "../../seeded.mjs";

/** @param {number} got @param {number} expected @param {number} tolerance */
function assertNear(got, expected, tolerance) {
  assert.ok(Math.abs(got - expected) <= tolerance, `${got} is not ${expected}`);
}

/** @param {ArrayLike<number>} mu @param {ArrayLike<number>} logvar */
const diagonal = (mu, logvar) => ({ mu, logvar, factor: null });

/** Any lower triangle below a diagonal of exp(logvar / 2). @param {ArrayLike<number>} mu @param {ArrayLike<number>} logvar */
function full(mu, logvar) {
  const size = mu.length;
  const factor = numbers(uniforms(4), size * size).map((value, at) => {
    const [row, column] = [Math.floor(at / size), at % size];
    if (row === column) return Math.exp(logvar[row] / 2);
    return row > column ? value : 0;
  });
  return { mu, logvar, factor };
}

test("the KL divergence of each dimension is what integrating over its density gives", () => {
  const [mu, logvar] = [[0.7, 0, -1.5, 0.7], [0, -1.2, 0.8, -2]];
  const kl = klPerDimension(diagonal(mu, logvar));
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
  assert.deepEqual([...klPerDimension(diagonal([0, 0], [0, -0]))], [0, 0]);
  const next = uniforms(3);
  for (let trial = 0; trial < 1000; trial++) {
    const logvar = (2 * next() - 1) * 10 ** (-12 * next());
    assert.ok(klPerDimension(diagonal([0], [logvar]))[0] >= 0);
  }
  assertNear(klPerDimension(diagonal([0], [1e-5]))[0], 1e-10 / 4 + 1e-15 / 12, 1e-19); // logvar² / 4 + logvar³ / 12 + …
});

test("on two dimensions the ellipse has the standard deviations as axes", () => {
  const [mu, logvar] = [[5, 1, -2], [0, Math.log(9), Math.log(0.25)]];
  const wide = ellipse(dimensionsPlane(3, [1, 2]), diagonal(mu, logvar));
  assert.deepEqual(wide.centre, [1, -2]);
  assert.ok(furthestApart([...wide.axes, wide.angle], [3, 0.5, 0]) < 1e-12);
  const tall = ellipse(dimensionsPlane(3, [2, 1]), diagonal(mu, logvar));
  assert.ok(furthestApart([...tall.axes, tall.angle], [3, 0.5, Math.PI / 2]) < 1e-12);
});

test("on a plane turned by 30 degrees the ellipse is turned back by as much", () => {
  const [c, s] = [Math.cos(Math.PI / 6), Math.sin(Math.PI / 6)];
  const plane = { ...dimensionsPlane(2, [0, 1]), basis: [Float64Array.of(c, s), Float64Array.of(-s, c)] };
  const { axes, angle } = ellipse(plane, diagonal([0, 0], [Math.log(4), 0]));
  assert.ok(furthestApart([...axes, angle], [2, 1, -Math.PI / 6]) < 1e-12);
});

test("a round posterior has a circle on every plane, and a certain one a point", () => {
  const plane = obliquePlane(uniforms(5), 3);
  assert.ok(furthestApart(ellipse(plane, diagonal([1, 2, 3], [0, 0, 0])).axes, [1, 1]) < 1e-7);
  assert.deepEqual(ellipse(plane, diagonal([1, 2, 3], [-Infinity, -Infinity, -Infinity])).axes, [0, 0]);
});

for (const [kind, made] of /** @type {const} */ ([["own variances alone", diagonal], ["a full covariance", full]])) {
  test(`with ${kind} the ellipse is one standard deviation of the samples in every direction of the map`, () => {
    const next = uniforms(9);
    const plane = obliquePlane(next, 5);
    const posterior = made(numbers(next, 5), numbers(next, 5));
    const { centre, axes, angle } = ellipse(plane, posterior);
    const places = Array.from({ length: 40_000 }, () => {
      const noise = Float64Array.from({ length: 5 }, () => standardNormal(next));
      return project(plane, sample(posterior, noise));
    });
    for (const turn of [0, 0.4, 1.1, 2]) {
      const direction = [Math.cos(turn), Math.sin(turn)];
      const squares = places.map(([x, y]) => dot(direction, [x - centre[0], y - centre[1]]) ** 2);
      const got = Math.sqrt(squares.reduce((sum, square) => sum + square, 0) / squares.length);
      const expected = Math.hypot(axes[0] * Math.cos(turn - angle), axes[1] * Math.sin(turn - angle));
      assertNear(got / expected, 1, 0.02); // more than five standard errors
    }
  });
}

test("two dimensions that go together lean: their ellipse has the eigenvalues of the covariance", () => {
  const factor = [Math.SQRT2, 0, Math.SQRT1_2, Math.sqrt(1.5)]; // L Lᵀ = [[2, 1], [1, 2]]
  const { axes, angle } = ellipse(dimensionsPlane(2, [0, 1]), { mu: [0, 0], logvar: [Math.LN2, Math.LN2], factor });
  assert.ok(furthestApart([...axes, angle], [Math.sqrt(3), 1, Math.PI / 4]) < 1e-12);
});

test("the KL of a full covariance adds up to what its trace and determinant say", () => {
  const mu = [0.3, -1, 2];
  const factor = [0.5, 0, 0, -0.7, 1.3, 0, 0.2, 0.4, 0.1];
  const kl = klPerDimension({ mu, logvar: [0, 0, 0], factor });
  const trace = factor.reduce((sum, value) => sum + value * value, 0);
  const logDeterminant = 2 * Math.log(0.5 * 1.3 * 0.1);
  const expected = 0.5 * (trace + dot(mu, mu) - 3 - logDeterminant);
  assertNear(kl.reduce((sum, nats) => sum + nats, 0), expected, 1e-12);
  assert.ok(kl.every((nats) => nats >= 0));
});

test("a factor that is diagonal says what the variances say", () => {
  const [mu, logvar] = [[0.7, -1.5], [-1.2, 0.8]];
  const factor = [Math.exp(-0.6), 0, 0, Math.exp(0.4)];
  const [one, other] = [{ mu, logvar, factor }, diagonal(mu, logvar)];
  assert.ok(furthestApart(klPerDimension(one), klPerDimension(other)) < 1e-12);
  assert.ok(furthestApart(sample(one, [1, -2]), sample(other, [1, -2])) < 1e-12);
});

test("an autoencoder's point has no KL, and its dimensions stay in their order", () => {
  const posterior = diagonal([3, 0, -2], [-60, -60, -60]);
  assert.ok(isPoint(posterior));
  const { active, inactive, kl } = dimensionsOf(posterior, posterior.mu);
  assert.deepEqual([active.map(({ dimension }) => dimension), inactive, kl], [[0, 1, 2], [], 0]);
});

test("dimensions come by their KL, and those at the prior apart from them", () => {
  const posterior = diagonal([0.1, 0, 3, -0.05], [0, 0, -2, 0]);
  const { active, inactive, kl } = dimensionsOf(posterior, [1, 2, 3, 4]);
  assert.equal(isPoint(posterior), false);
  assert.deepEqual(inactive.map(({ dimension }) => dimension), [0, 3, 1]);
  assert.deepEqual(active.map(({ dimension, z }) => [dimension, z]), [[2, 3]]);
  assertNear(active[0].sigma, Math.exp(-1), 1e-12);
  assertNear(kl, klPerDimension(posterior).reduce((sum, nats) => sum + nats, 0), 1e-12);
});

test("without noise the sample is the mean, and noise counts in standard deviations", () => {
  assert.deepEqual([...sample(diagonal([1, -2], [3, 4]), [0, 0])], [1, -2]);
  assert.ok(furthestApart(sample(diagonal([1, -2], [Math.log(4), Math.log(9)]), [1, -0.5]), [3, -3.5]) < 1e-12);
});
