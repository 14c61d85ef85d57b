import assert from "node:assert/strict";
import test from "node:test";
import { dimensionsPlane, lift, project } from "../../../../../pages/ui/browser/model/plane.mjs";
import { aggregateDensity, gaussiansOnPlane, hatched, holeShades, HUES, isHole, localStretch, logRatio, middleOf, stretchShades } from "../../../../../pages/ui/browser/map/layers/regions.mjs";

/** @import { Point } from "../../../../../pages/ui/browser/lib/types.mjs" */
/** @import { Field } from "../../../../../pages/ui/browser/map/layers/regions.mjs" */

/** @type {{x: Point, y: Point}} */
const VIEW = { x: [-4, 4], y: [-4, 4] };
/** @type {Point} */
const ZERO = [0, 0];

/** @param {Field} field */
function massOf({ cells, values, x, y }) {
  const area = ((x[1] - x[0]) / cells) * ((y[1] - y[0]) / cells);
  return values.reduce((sum, value) => sum + value, 0) * area;
}

/** @param {number} value @param {number} expected @param {number} tolerance relative */
function near(value, expected, tolerance) {
  assert.ok(Math.abs(value - expected) <= tolerance * Math.abs(expected), `${value} instead of ${expected}`);
}

/** @param {Field} field @param {Point} point */
function valueAt(field, [px, py]) {
  const column = Math.floor(((px - field.x[0]) / (field.x[1] - field.x[0])) * field.cells);
  const row = Math.floor(((field.y[1] - py) / (field.y[1] - field.y[0])) * field.cells);
  return field.values[row * field.cells + column];
}

/** One Gaussian. @param {Point} mean @param {number} sxx @param {number} syy @param {number} [sxy] */
const gaussian = ([x, y], sxx, syy, sxy) => ({
  x: [x],
  y: [y],
  sxx: [sxx],
  syy: [syy],
  sxy: sxy === undefined ? undefined : [sxy], // none: along the axes
});

/**
 * The density of a bivariate normal, from its correlation.
 * @param {Point} at @param {Point} mean @param {number} sx @param {number} sy @param {number} rho
 */
function bivariate([x, y], mean, sx, sy, rho) {
  const [u, v] = [(x - mean[0]) / sx, (y - mean[1]) / sy];
  const square = (u * u - 2 * rho * u * v + v * v) / (1 - rho * rho);
  return Math.exp(-square / 2) / (2 * Math.PI * sx * sy * Math.sqrt(1 - rho * rho));
}

/** @type {[Point, number, number, number][]} mean, σ of x, σ of y, correlation */
const NORMALS = [[[0.5, -0.7], 0.4, 0.6, 0], [[-1, 1], 0.5, 0.3, 0.8], [[0.03, 0.2], 0.7, 0.7, -0.95]];

for (const [mean, sx, sy, rho] of NORMALS) {
  const density = aggregateDensity(gaussian(mean, sx * sx, sy * sy, rho * sx * sy), VIEW, 80);

  test(`one Gaussian with correlation ${rho} on the grid integrates to 1`, () => {
    near(massOf(density), 1, 5e-4); // but for what lies beyond four standard deviations
  });

  test(`one Gaussian with correlation ${rho} has the density of the formula in the middle of each cell`, () => {
    let compared = 0;
    for (const [cell, value] of density.values.entries()) {
      const expected = bivariate(middleOf(density, cell), mean, sx, sy, rho);
      if (expected < 1e-3) continue;
      near(value, expected, 1e-9);
      compared++;
    }
    assert.ok(compared > 100);
  });
}

test("y grows upwards: a Gaussian at the top is in the first rows", () => {
  const { cells, values } = aggregateDensity(gaussian([2, 3], 0.04, 0.04), VIEW, 16);
  const largest = values.indexOf(Math.max(...values));
  assert.deepEqual([largest % cells, Math.floor(largest / cells)], [11, 1]);
});

test("a Gaussian much narrower than a cell is not missed, wherever it lies in the cell", () => {
  for (const x of [0, 0.1, 0.25, 0.4]) {
    for (const [sxx, syy, sxy] of [[1e-8, 1e-8, 0], [0.5, 0.5, 0.4999], [1e-6, 0.3, 0]]) {
      near(massOf(aggregateDensity(gaussian([x, 0.3 * x], sxx, syy, sxy), { x: [-8, 8], y: [-8, 8] }, 32)), 1, 0.03);
    }
  }
});

test("where cells are not square, the density is still per unit of latent space", () => {
  const view = { x: /** @type {Point} */ ([-4, 4]), y: /** @type {Point} */ ([-1, 1]) };
  const density = aggregateDensity(gaussian([0.3, 0.1], 0.25, 0.01, 0.03), view, 64);
  near(massOf(density), 1, 1e-3);
  const cell = density.values.indexOf(Math.max(...density.values));
  near(density.values[cell], bivariate(middleOf(density, cell), [0.3, 0.1], 0.5, 0.1, 0.6), 1e-9);
});

test("a Gaussian cut by the view's edge is the same inside it", () => {
  const whole = aggregateDensity(gaussian([-3.9, 0.1], 0.5, 0.2, 0.1), { x: [-8, 8], y: [-8, 8] }, 64);
  const part = aggregateDensity(gaussian([-3.9, 0.1], 0.5, 0.2, 0.1), VIEW, 32);
  for (const point of /** @type {Point[]} */ ([[-3.6, 0.1], [-3.1, 0.6], [-2.6, -0.4]])) {
    near(valueAt(part, point), valueAt(whole, point), 1e-9);
  }
});

test("the aggregate is the mean of its posteriors", () => {
  const two = { x: [-1, 1], y: [0, 0], sxx: [0.1, 0.2], syy: [0.1, 0.2] };
  const left = aggregateDensity(gaussian([-1, 0], 0.1, 0.1), VIEW, 40);
  const right = aggregateDensity(gaussian([1, 0], 0.2, 0.2), VIEW, 40);
  const both = aggregateDensity(two, VIEW, 40);
  both.values.forEach((value, cell) => near(value, (left.values[cell] + right.values[cell]) / 2, 1e-9));
});

test("a posterior on an oblique plane has the covariance that its samples have", () => {
  const [c, s] = [Math.cos(0.6), Math.sin(0.6)];
  /** @type {import("../../../../../pages/ui/browser/model/plane.mjs").Plane} */
  const plane = {
    kind: "pca",
    basis: [Float64Array.of(c, s, 0), Float64Array.of(-s * 0.8, c * 0.8, 0.6)],
    origin: Float64Array.of(1, 2, 3),
    names: ["", ""],
  };
  const sigma = [0.5, 2, 1];
  const logvar = Float32Array.from(sigma, (each) => 2 * Math.log(each));
  const mu = Float32Array.of(9, 9, 9, 1, 2, 4);
  const rows = { mu, logvar: Float32Array.of(0, 0, 0, ...logvar), latentDim: 3 };
  const { x, y, sxx, sxy, syy } = gaussiansOnPlane(plane, rows, 1, 2);
  assert.ok(Math.abs(x[0]) < 1e-6 && Math.abs(y[0] - 0.6) < 1e-6);
  // Moving by ±σ along each dimension in turn: the sum of squares is the covariance.
  const moves = sigma.map((each, at) =>
    project(plane, mu.subarray(3).map((value, other) => value + (other === at ? each : 0))),
  );
  const sum = (/** @type {number} */ a, /** @type {number} */ b) =>
    moves.reduce((total, move) => total + (move[a] - [x[0], y[0]][a]) * (move[b] - [x[0], y[0]][b]), 0);
  near(sxx[0], sum(0, 0), 1e-5);
  near(sxy?.[0] ?? 0, sum(0, 1), 1e-5);
  near(syy[0], sum(1, 1), 1e-5);
});

test("where the posteriors are the prior there is neither hole nor crowd", () => {
  const ratio = logRatio(aggregateDensity(gaussian([0, 0], 1, 1), VIEW, 40), ZERO);
  ratio.values.forEach((nats, cell) => {
    if (Math.hypot(...middleOf(ratio, cell)) < 3) assert.ok(Math.abs(nats) < 1e-9);
  });
  assert.ok(holeShades(ratio, ZERO).every((value, at) => at % 4 !== 3 || value === 0));
});

test("the ratio is to a prior whose mean may lie elsewhere on the map", () => {
  const centre = /** @type {Point} */ ([1.5, -1]);
  const ratio = logRatio(aggregateDensity(gaussian(centre, 1, 1), VIEW, 40), centre);
  assert.ok(Math.abs(valueAt(ratio, [1.4, -1.2])) < 1e-9);
});

test("a place without posteriors is a hole only where the prior would have images", () => {
  const ratio = logRatio(aggregateDensity(gaussian([-1, 0], 0.01, 0.01), VIEW, 80), ZERO);
  const isHoleAt = (/** @type {Point} */ point) => isHole(valueAt(ratio, point), point, ZERO);
  assert.deepEqual([isHoleAt([1, 0]), isHoleAt([-1, 0]), isHoleAt([3.3, 0])], [true, false, false]);
  const shades = holeShades(ratio, ZERO);
  const colorAt = (/** @type {Point} */ point) => {
    const [red, , blue, alpha] = valueOf(shades, ratio, point);
    return alpha === 0 ? "none" : blue > red ? "blue" : "orange";
  };
  assert.deepEqual([colorAt([1, 0]), colorAt([-1, 0]), colorAt([3.9, 3.9])], ["blue", "orange", "none"]);
});

test("a hole is striped and a crowd is dotted, so that they are told apart without colour", () => {
  const ratio = logRatio(aggregateDensity(gaussian([-1, 0], 0.01, 0.01), VIEW, 80), ZERO);
  const shades = holeShades(ratio, ZERO);
  const isHatched = (/** @type {"stripes" | "dots"} */ hatch, /** @type {Point} */ point) =>
    valueOf(hatched(shades, HUES.holes[hatch]), ratio, point)[3] > 0;
  assert.deepEqual([isHatched("stripes", [1, 0]), isHatched("dots", [1, 0])], [true, false]);
  assert.deepEqual([isHatched("stripes", [-1, 0]), isHatched("dots", [-1, 0])], [false, true]);
});

test("shades never hide the points on top of them", () => {
  const ratio = logRatio(aggregateDensity(gaussian([-1, 0], 0.01, 0.01), VIEW, 40), ZERO);
  assert.ok(holeShades(ratio, ZERO).every((value, at) => at % 4 !== 3 || value < 128));
});

/** @param {Uint8ClampedArray} rgba @param {Field} field @param {Point} point */
function valueOf(rgba, field, point) {
  const cell = field.values.findIndex((_, each) => {
    const [x, y] = middleOf(field, each);
    return Math.abs(x - point[0]) <= 8 / field.cells && Math.abs(y - point[1]) <= 8 / field.cells;
  });
  return rgba.slice(4 * cell, 4 * cell + 4);
}

/** A decoder from a function of z. @param {number} latentDim @param {(z: Float32Array) => number[]} decode */
const decoderOf = (latentDim, decode) => async (/** @type {Float32Array} */ zs, /** @type {number} */ count) => {
  const rows = Array.from({ length: count }, (_, at) => zs.subarray(at * latentDim, (at + 1) * latentDim));
  return Float32Array.from(rows.flatMap(decode));
};

test("a linear decoder stretches every place by the root of its Gram determinant", async () => {
  const a = [[2, 1], [0, 1], [1, -1]]; // AᵀA = [[5, 1], [1, 3]], determinant 14
  const decode = decoderOf(2, ([x, y]) => a.map(([p, q]) => p * x + q * y + 0.5));
  const stretch = await localStretch(decode, ([x, y]) => [x, y], VIEW, 6);
  stretch?.values.forEach((value) => near(value, Math.sqrt(14), 1e-4));
  assert.equal(stretch?.values.length, 36);
});

test("stretch follows the plane's directions, not the latent dimensions'", async () => {
  const decode = decoderOf(3, ([a, b, c]) => [3 * a, 5 * b, 7 * c]);
  const plane = dimensionsPlane(3, [0, 2]);
  const stretch = await localStretch(decode, (point) => lift(plane, point, [9, 9, 9]), VIEW, 4);
  stretch?.values.forEach((value) => near(value, 21, 1e-4));
});

test("stretch of a curved decoder is that of the place, also where cells are not square", async () => {
  const decode = decoderOf(2, ([x, y]) => [Math.sin(x), x * y]); // determinant cos(x) · x
  const view = { x: /** @type {Point} */ ([0.2, 1.2]), y: /** @type {Point} */ ([-2, 2]) };
  const stretch = await localStretch(decode, ([x, y]) => [x, y], view, 12);
  assert.ok(stretch);
  stretch.values.forEach((value, cell) => {
    const [x] = middleOf(stretch, cell);
    near(value, Math.cos(x) * x, 1e-3);
  });
});

test("stretch that is called off gives nothing", async () => {
  const decode = decoderOf(2, ([x, y]) => [x, y]);
  assert.equal(await localStretch(decode, ([x, y]) => [x, y], VIEW, 4, { signal: AbortSignal.abort() }), null);
});

test("stretch is shaded by its factor to the median: purple above, green below, nothing at it", () => {
  const field = { cells: 3, values: Float64Array.of(1, 1, 1, 1, 1, 1, 1, 100, 0.01), ...VIEW };
  const rgba = stretchShades(field);
  const at = (/** @type {number} */ cell) => [...rgba.slice(4 * cell, 4 * cell + 4)];
  assert.equal(at(0)[3], 0);
  assert.ok(at(7)[3] > 80 && at(7)[0] > at(7)[1]);
  assert.ok(at(8)[3] > 80 && at(8)[1] > at(8)[0]);
});

test("a decoder that ignores z is not shaded at all", () => {
  const rgba = stretchShades({ cells: 2, values: new Float64Array(4), ...VIEW });
  assert.deepEqual([3, 7, 11, 15].map((at) => rgba[at]), [0, 0, 0, 0]);
});
