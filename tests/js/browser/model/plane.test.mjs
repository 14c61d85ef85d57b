import assert from "node:assert/strict";
import test from "node:test";
import {
  alignedTo,
  coordinateNames,
  dimensionsPlane,
  lift,
  principalPlane,
  project,
  projectAll,
} from "../../../../pages/ui/browser/model/plane.mjs";
import { heightsFor, linePlane } from "../../../../pages/ui/browser/model/heights.mjs";
import { Explained } from "../../../../pages/ui/browser/lib/fetching.mjs";
import { dot, furthestApart, numbers, uniforms } from "../../seeded.mjs";

/** @import { Plane } from "../../../../pages/ui/browser/model/plane.mjs" */

const [U, V, W] = [[0.6, 0.8, 0], [-0.8, 0.6, 0], [0, 0, 1]];

/** Pairs about (1, 2, 3), so that the covariance has these eigenvectors. @param {[number[], number][]} spread */
function pairs(spread) {
  const points = spread.flatMap(([direction, reach]) => [reach, -reach].map((by) => direction.map((d) => by * d)));
  return Float32Array.from(points.flatMap((point) => point.map((value, at) => value + at + 1)));
}

/** @param {number} seed @param {number} count @param {number} latentDim */
function cloudPlane(seed, count, latentDim) {
  const mu = numbers(uniforms(seed), count * latentDim);
  return { mu, plane: principalPlane(mu, count, latentDim) };
}

/** @param {Plane} plane @param {string} name */
function assertOrthonormal({ basis: [first, second] }, name) {
  const lengths = [dot(first, first), dot(second, second), dot(first, second)];
  assert.ok(furthestApart(lengths, [1, 1, 0]) < 1e-12, `${name}: ${lengths}`);
}

test("the principal plane of pairs along known directions has these directions and their shares", () => {
  const plane = principalPlane(pairs([[W, 1], [U, 3], [V, 2]]), 6, 3);
  assert.equal(plane.kind, "pca");
  assert.ok(furthestApart(plane.origin, [1, 2, 3]) < 1e-6);
  assert.ok(furthestApart(plane.basis[0], U) < 1e-6);
  assert.deepEqual(plane.names, ["PC 1 (64\u202f%)", "PC 2 (29\u202f%)"]); // 9, 4 and 1 of 14
});

test("the largest entry of a principal direction is positive, the first of several as large", () => {
  const { basis } = principalPlane(pairs([[U, 3], [V, 2], [W, 1]]), 6, 3);
  assert.ok(furthestApart(basis[1], [0.8, -0.6, 0]) < 1e-6); // V points the other way
  for (const turn of [1, -1]) {
    const diagonal = Float32Array.of(turn, -turn, -turn, turn);
    assert.ok(furthestApart(principalPlane(diagonal, 2, 2).basis[0], [Math.SQRT1_2, -Math.SQRT1_2]) < 1e-12);
  }
});

test("two entries that differ by a rounding do not decide about a sign", () => {
  for (const more of [3e-7, -3e-7]) {
    const [x, y] = principalPlane(Float32Array.of(1, -1 - more, -1, 1 + more), 2, 2).basis[0];
    assert.ok(x > 0 && y < 0);
  }
});

test("no direction varies more than the first, and the second most of those at right angles to it", () => {
  const { mu, plane } = cloudPlane(3, 500, 6);
  const next = uniforms(4);
  /** @param {ArrayLike<number>} direction */
  const variance = (direction) => {
    const along = Array.from({ length: 500 }, (_, row) => dot(direction, mu.subarray(6 * row, 6 * row + 6)));
    const mean = along.reduce((sum, value) => sum + value, 0) / 500;
    return along.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 500 / dot(direction, direction);
  };
  const [most, second] = plane.basis.map(variance);
  for (let trial = 0; trial < 200; trial++) {
    const direction = numbers(next, 6);
    assert.ok(variance(direction) <= most + 1e-6);
    const across = direction.map((value, at) => value - dot(direction, plane.basis[0]) * plane.basis[0][at]);
    assert.ok(variance(across) <= second + 1e-6);
  }
});

test("principal planes of 2 to 128 dimensions are orthonormal", () => {
  for (const latentDim of [2, 3, 8, 20, 128]) {
    assertOrthonormal(cloudPlane(latentDim, 300, latentDim).plane, `${latentDim} dimensions`);
  }
});

test("means that do not vary are shown by their first two dimensions, with 0 %", () => {
  const cases = { none: 0, one: 1, "a thousand the same": 1000 };
  for (const [name, count] of Object.entries(cases)) {
    const mu = Float32Array.from({ length: 3 * count }, (_, at) => [0.1, -7.3, 123.456][at % 3]);
    const plane = principalPlane(mu, count, 3);
    assert.deepEqual(plane.basis.map((one) => [...one]), [[1, 0, 0], [0, 1, 0]], name);
    assert.deepEqual(plane.names, ["PC 1 (0\u202f%)", "PC 2 (0\u202f%)"], name);
    assert.ok(furthestApart(plane.origin, count ? mu.slice(0, 3) : [0, 0, 0]) < 1e-9, name);
  }
});

test("means that differ by a rounding only have no variance", () => {
  const mu = Float32Array.of(1, 5, 1, 5, 1 + 2 ** -23, 5);
  assert.deepEqual(principalPlane(mu, 3, 2).names, ["PC 1 (0\u202f%)", "PC 2 (0\u202f%)"]);
});

test("means on one line have all their variance in the first component, and still a second axis", () => {
  const plane = principalPlane(pairs([[U, 3], [U, 1]]), 4, 3);
  assert.deepEqual(plane.names, ["PC 1 (100\u202f%)", "PC 2 (0\u202f%)"]);
  assertOrthonormal(plane, "one line");
});

test("one dimension, dimensions that are not there and means that are not finite are refused in a sentence", () => {
  const oneDimension = /at least two latent dimensions, and this model has 1;/;
  /** @type {[() => unknown, RegExp][]} */
  const refused = [
    [() => dimensionsPlane(1, [0, 1]), oneDimension],
    [() => principalPlane(Float32Array.of(1, 2), 2, 1), oneDimension],
    [() => dimensionsPlane(3, [1, 1]), /two different dimensions from 1 to 3, got 2 and 2;/],
    [() => dimensionsPlane(3, [0, 3]), /from 1 to 3, got 1 and 4;/],
    [() => principalPlane(Float32Array.of(1, NaN, 3, 4), 2, 2), /finite means/],
  ];
  for (const [refusal, message] of refused) {
    assert.throws(refusal, (error) => error instanceof Explained && message.test(error.message));
  }
});

test("a plane of two dimensions shows just these, named as they are", () => {
  const plane = dimensionsPlane(4, [3, 1]);
  assert.deepEqual(plane.names, ["z₄", "z₂"]);
  assert.deepEqual(project(plane, [1, 2, 3, 4]), [4, 2]);
  assert.deepEqual([...lift(plane, [-0.1, 0.7], [1, 2, 3, 4])], [1, 0.7, 3, -0.1]);
  assert.deepEqual(dimensionsPlane(2, [0, 1], ["width", "slant"]).names, ["width", "slant"]);
});

test("the plane's origin lies at (0, 0), and a step along an axis is a step along its direction", () => {
  const { plane } = cloudPlane(11, 100, 5);
  assert.ok(furthestApart(project(plane, plane.origin), [0, 0]) < 1e-12);
  const stepped = plane.origin.map((value, at) => value + 2.5 * plane.basis[1][at]);
  assert.ok(furthestApart(project(plane, stepped), [0, 2.5]) < 1e-12);
});

test("lifting a place and projecting it again gives the place, and moves nothing across the plane", () => {
  const next = uniforms(17);
  const dimensions = dimensionsPlane(7, [2, 6]);
  const shifted = { ...dimensions, origin: Float64Array.from(numbers(next, 7)) };
  for (const plane of [cloudPlane(5, 200, 7).plane, dimensions, shifted]) {
    for (let trial = 0; trial < 100; trial++) {
      const [z, direction, [x, y]] = [numbers(next, 7), numbers(next, 7), numbers(next, 2, 8)];
      const lifted = lift(plane, [x, y], z);
      assert.ok(furthestApart(project(plane, lifted), [x, y]) < 1e-12);
      const across = Float64Array.from(direction, (value, at) =>
        plane.basis.reduce((rest, one) => rest - dot(one, direction) * one[at], value),
      );
      assert.ok(Math.abs(dot(across, lifted) - dot(across, z)) < 1e-12);
      assert.ok(furthestApart(lift(plane, project(plane, z), z), z) < 1e-12);
    }
  }
});

test("projecting all means at once is projecting each", () => {
  const { mu, plane } = cloudPlane(23, 300, 6);
  const shifted = { ...dimensionsPlane(6, [4, 0]), origin: Float64Array.of(1, 2, 3, 4, 5, 6) };
  const mixed = { ...shifted, basis: [shifted.basis[0], Float64Array.of(0.6, -0.8, 0, 0, 0, 0)] };
  for (const each of [plane, shifted, mixed]) {
    const { x, y } = projectAll(each, mu, 300);
    assert.equal(x.length, 300);
    for (let row = 0; row < 300; row++) {
      const expected = project(each, mu.subarray(6 * row, 6 * row + 6));
      assert.deepEqual([x[row], y[row]], expected.map(Math.fround));
    }
  }
});

test("a direction that is almost a dimension is not taken for it", () => {
  const basis = [Float64Array.of(1, 1e-8), Float64Array.of(-1e-8, 1)];
  const { x } = projectAll({ ...dimensionsPlane(2, [0, 1]), basis }, Float32Array.of(0, 1), 1);
  assert.equal(x[0], Math.fround(1e-8));
});

test("a plane that comes back mirrored or with its axes swapped is turned to what it was, names and all", () => {
  const { plane } = cloudPlane(29, 200, 4);
  const [first, second] = plane.basis;
  const mirrored = second.map((value) => -value);
  const swapped = alignedTo({ ...plane, basis: [mirrored, first], names: ["PC 1", "PC 2"] }, plane);
  assert.deepEqual(swapped.basis, [first, second]);
  assert.deepEqual(swapped.names, ["PC 2", "PC 1"]);
  assert.deepEqual(alignedTo({ ...plane, basis: [first, mirrored] }, plane), plane);
});

test("epochs that differ by little show each image near where it was", () => {
  const next = uniforms(31);
  const scales = [3, 2, 1, 0.5];
  const mu = numbers(next, 4 * 400).map((value, at) => value * scales[at % 4]);
  let plane = principalPlane(mu, 400, 4);
  for (let epoch = 0; epoch < 20; epoch++) {
    const before = projectAll(plane, mu, 400);
    mu.forEach((value, at) => (mu[at] = value + 0.02 * (2 * next() - 1)));
    plane = alignedTo(principalPlane(mu, 400, 4), plane);
    const after = projectAll(plane, mu, 400);
    assert.ok(furthestApart(before.x, after.x) < 0.2 && furthestApart(before.y, after.y) < 0.2);
  }
});

test("a plane of another kind or another model is no guide", () => {
  const { plane } = cloudPlane(37, 50, 4);
  assert.equal(alignedTo(plane, dimensionsPlane(4, [0, 1])), plane);
  assert.equal(alignedTo(plane, cloudPlane(37, 50, 5).plane), plane);
});

test("on a line only the first coordinate of a place is one of z, exactly", () => {
  const line = linePlane(heightsFor({ kind: "count", name: "" }, []));
  assert.deepEqual([...lift(line, [0.1 + 0.2, 5], [7])], [0.1 + 0.2]);
  assert.deepEqual(project(line, [-1.25]), [-1.25, 0]);
  assert.deepEqual(coordinateNames(line), ["z₁"]);
  assert.deepEqual(coordinateNames(dimensionsPlane(3, [2, 0])), ["z₃", "z₁"]);
});
