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
  turnedTo,
} from "../../../../pages/ui/browser/model/plane.mjs";
import { heightsFor, linePlane } from "../../../../pages/ui/browser/model/heights.mjs";
import { Explained } from "../../../../pages/ui/browser/lib/fetching.mjs";
import { dot, furthestApart, numbers, obliquePlane, uniforms } from "../../seeded.mjs";

/** @param {number} seed @param {number} count @param {number} latentDim */
function cloudPlane(seed, count, latentDim) {
  const next = uniforms(seed);
  return { mu: numbers(next, count * latentDim), plane: obliquePlane(next, latentDim) };
}

test("the server's principal components are the map's plane, named with their shares", () => {
  const sent = { basis: [[0.6, 0.8, 0], [0, 0, 1]], origin: [1, 2, 3] };
  const plane = principalPlane({ ...sent, shares: [9 / 14, 4 / 14] });
  assert.deepEqual([plane.kind, ...plane.names], ["pca", "PC 1 (64\u202f%)", "PC 2 (29\u202f%)"]);
  assert.deepEqual(project(plane, [1.6, 2.8, 5]), [1, 2]);
  assert.deepEqual(principalPlane({ ...sent, shares: null }).names, ["PC 1 (0\u202f%)", "PC 2 (0\u202f%)"]);
});

test("one dimension, and dimensions that are not there, are refused in a sentence", () => {
  const oneDimension = /at least two latent dimensions, and this model has 1;/;
  /** @type {[() => unknown, RegExp][]} */
  const refused = [
    [() => dimensionsPlane(1, [0, 1]), oneDimension],
    [() => dimensionsPlane(3, [1, 1]), /two different dimensions from 1 to 3, got 2 and 2;/],
    [() => dimensionsPlane(3, [0, 3]), /from 1 to 3, got 1 and 4;/],
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

test("points of a plane that came back mirrored or swapped lie where they lay before", () => {
  const { mu, plane } = cloudPlane(31, 400, 4);
  const before = projectAll(plane, mu, 400);
  const [first, second] = plane.basis;
  const minus = (/** @type {Float64Array} */ direction) => direction.map((value) => -value);
  for (const basis of [[first, second], [second, first], [minus(second), first], [second, minus(first)], [minus(first), minus(second)]]) {
    const other = { ...plane, basis };
    const { x, y } = turnedTo(projectAll(other, mu, 400), other, alignedTo(other, plane));
    assert.ok(furthestApart(before.x, x) < 1e-5 && furthestApart(before.y, y) < 1e-5);
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
