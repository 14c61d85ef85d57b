import assert from "node:assert/strict";
import test from "node:test";
import { alongPath, sphericalPath, stopFrames, straightPath } from "../../../../pages/ui/browser/maths/paths.mjs";
import { Explained } from "../../../../pages/ui/browser/lib/fetching.mjs";
import { dot, furthestApart, numbers, uniforms } from "../../seeded.mjs";

const PATHS = { straight: straightPath, spherical: sphericalPath };

/** @param {ArrayLike<number>} z */
const norm = (z) => Math.sqrt(dot(z, z));

/** @param {ArrayLike<number>} one @param {ArrayLike<number>} other */
const angle = (one, other) => Math.acos(Math.min(1, Math.max(-1, dot(one, other) / norm(one) / norm(other))));

/** @param {Float64Array[]} path */
const stepsOf = (path) => path.slice(1).map((z, at) => norm(z.map((value, i) => value - path[at][i])));

/** @param {Float64Array[]} path */
const plain = (path) => path.map((z) => [...z]);

test("a straight path between two points has equal steps", () => {
  const path = straightPath([[0, 0, 1], [4, 8, 1]], 5);
  assert.deepEqual(plain(path), [[0, 0, 1], [1, 2, 1], [2, 4, 1], [3, 6, 1], [4, 8, 1]]);
});

test("a longer way gets more of the frames, and a point is a frame however it falls", () => {
  const path = straightPath([[0, 0], [3, 0], [3, 6]], 10);
  assert.deepEqual(path.map(([x, y]) => x + y), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  assert.deepEqual(plain(straightPath([[0], [1], [10]], 3)), [[0], [1], [10]]);
});

for (const [name, pathOf] of Object.entries(PATHS)) {
  test(`a ${name} path has the frames asked for, and every point in order is exactly one of them`, () => {
    const next = uniforms(3);
    for (const [count, frames, latentDim] of [[2, 2, 2], [2, 31, 5], [4, 4, 3], [5, 24, 20], [7, 60, 2]]) {
      const points = Array.from({ length: count }, () => numbers(next, latentDim));
      const path = pathOf(points, frames);
      assert.equal(path.length, frames);
      const found = points.map((point) => path.findIndex((z) => furthestApart(z, point) === 0));
      assert.deepEqual([found[0], found.at(-1)], [0, frames - 1]);
      assert.deepEqual(found, [...found].sort((a, b) => a - b));
      assert.ok(!found.includes(-1));
    }
  });

  test(`a ${name} loop comes back to its first point without repeating it`, () => {
    const points = [[1, 0], [0, 1], [-1, 0], [0, -1]];
    const loop = pathOf(points, 12, { isLoop: true });
    assert.equal(loop.length, 12);
    points.forEach((point, at) => assert.deepEqual([...loop[3 * at]], point));
    const steps = stepsOf([...loop, loop[0]]);
    assert.ok(Math.max(...steps) - Math.min(...steps) < 1e-12);
  });

  test(`a ${name} path rests where there is one point, and passes once over a point given twice`, () => {
    assert.deepEqual(plain(pathOf([[2, 3]], 3)), [[2, 3], [2, 3], [2, 3]]);
    assert.deepEqual(plain(pathOf([[2, 3]], 2, { isLoop: true })), [[2, 3], [2, 3]]);
    assert.deepEqual(plain(pathOf([[1, 0], [1, 0], [3, 0]], 3)), [[1, 0], [2, 0], [3, 0]]);
    assert.deepEqual(plain(pathOf([[1, 0], [3, 0], [1, 0]], 4, { isLoop: true })), [[1, 0], [2, 0], [3, 0], [2, 0]]);
  });

  test(`a ${name} path with too few frames or no point is refused in a sentence`, () => {
    const isExplained = (/** @type {RegExp} */ message) => (/** @type {unknown} */ error) =>
      error instanceof Explained && message.test(error.message);
    assert.throws(() => pathOf([[0, 1], [1, 1], [2, 2]], 2), isExplained(/3 points needs at least 3 frames, got 2;/));
    assert.throws(() => pathOf([], 9), isExplained(/at least one point/));
  });
}

test("between two points of one norm the spherical path is the arc, in equal angles", () => {
  const path = sphericalPath([[2, 0, 0], [0, 0, 2]], 4);
  path.forEach((z, at) => {
    const turn = (at * Math.PI) / 6;
    assert.ok(furthestApart(z, [2 * Math.cos(turn), 0, 2 * Math.sin(turn)]) < 1e-12);
  });
});

test("the norm of a spherical path changes evenly, and its direction turns evenly, in many dimensions", () => {
  const next = uniforms(8);
  for (let trial = 0; trial < 50; trial++) {
    const [from, to] = [numbers(next, 20), numbers(next, 20)];
    sphericalPath([from, to], 9).forEach((z, at) => {
      assert.ok(Math.abs(norm(z) - (norm(from) + (at / 8) * (norm(to) - norm(from)))) < 1e-12);
      assert.ok(Math.abs(angle(from, z) - (at / 8) * angle(from, to)) < 1e-7);
    });
  }
});

test("a straight path cuts the corner that a spherical path goes round", () => {
  const points = [[3, 0], [0, 3]];
  assert.ok(norm(straightPath(points, 3)[1]) < 2.13);
  assert.ok(Math.abs(norm(sphericalPath(points, 3)[1]) - 3) < 1e-12);
});

test("a spherical path is straight from the origin, between opposite directions and along one direction", () => {
  for (const points of [[[0, 0], [3, 4]], [[3, 4], [0, 0]], [[1, 2], [-2, -4]], [[1, 2], [3, 6]], [[1, 2], [1, 2]]]) {
    const [one, other] = [sphericalPath(points, 7), straightPath(points, 7)];
    one.forEach((z, at) => assert.ok(furthestApart(z, other[at]) < 1e-12, `${points}`));
  }
});

test("directions almost the same or almost opposite give finite frames of the right norm", () => {
  for (const tilt of [1e-5, 1e-6, 1e-7, 1e-9, 1e-12]) {
    for (const [end, isOpposite] of /** @type {[number, boolean][]} */ ([[2, false], [-2, true]])) {
      for (const z of sphericalPath([[2, 0], [end, tilt]], 8)) {
        assert.ok(z.every(Number.isFinite));
        assert.ok(norm(z) <= 2 + 1e-6 && (isOpposite || norm(z) >= 2 - 1e-6));
      }
    }
  }
});

test("the frames of a spherical path are shared out by arc length", () => {
  const path = sphericalPath([[1, 0], [0, 1], [-3, 0]], 40);
  const corner = path.findIndex(([x, y]) => x === 0 && y === 1);
  const share = Math.PI / 2 / (Math.PI / 2 + 3.7583); // the spiral's length, integrated with a fine step
  assert.ok(Math.abs(corner / 39 - share) < 1 / 39);
});

test("the frames that are points are known by number", () => {
  const points = [[0, 0], [3, 0], [3, 6]];
  assert.deepEqual(stopFrames(points, 10), [0, 3, 9]);
  assert.deepEqual(stopFrames([[0, 0], [3, 0]], 6, { isLoop: true }), [0, 3]);
  assert.deepEqual(stopFrames([[4, 4]], 5), [0]);
  assert.deepEqual(stopFrames([[0, 0], [3, 0], [0, 0]], 6, { isLoop: true }), [0, 3, 0]);
  const next = uniforms(12);
  for (const isLoop of [false, true]) {
    const many = Array.from({ length: 6 }, () => numbers(next, 3));
    const path = straightPath(many, 50, { isLoop });
    stopFrames(many, 50, { isLoop }).forEach((frame, at) => assert.equal(furthestApart(path[frame], many[at]), 0));
  }
});

test("along a path, each frame has its share and what lies between is straight", () => {
  const path = [[0, 0], [2, 0], [2, 4]];
  assert.deepEqual([0, 0.25, 0.5, 0.875, 1].map((share) => [...alongPath(path, share)]), [
    [0, 0],
    [1, 0],
    [2, 0],
    [2, 3],
    [2, 4],
  ]);
  assert.deepEqual([-1, 2].map((share) => [...alongPath(path, share)]), [[0, 0], [2, 4]]);
  assert.deepEqual([...alongPath([[7, 8]], 0.4)], [7, 8]);
});

test("along a loop, the last share leads back to the first frame", () => {
  const loop = [[0, 0], [3, 0], [3, 3]];
  const shares = [0, 1 / 3, 5 / 6, 1];
  const places = shares.map((share) => alongPath(loop, share, { isLoop: true }));
  [[0, 0], [3, 0], [1.5, 1.5], [0, 0]].forEach((z, at) => assert.ok(furthestApart(places[at], z) < 1e-12));
});
