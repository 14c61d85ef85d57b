import assert from "node:assert/strict";
import test from "node:test";
import { commonest } from "../../../../pages/ui/browser/map/facts.mjs";
import { NeighbourGrid, nearestWithin } from "../../../../pages/ui/browser/maths/neighbours.mjs";

/** The same numbers every time. @param {number} seed */
function random(seed) {
  let state = seed;
  return () => (state = (state * 48271) % 2147483647) / 2147483647;
}

/** @param {Float32Array} x @param {Float32Array} y @param {number[]} z @param {number} count */
function byLookingAtAll(x, y, [px, py], count) {
  const squares = [...x.keys()].map((row) => (x[row] - px) ** 2 + (y[row] - py) ** 2);
  return [...x.keys()].sort((a, b) => squares[a] - squares[b]).slice(0, count);
}

/** @param {number} count @param {(next: () => number) => [number, number]} place */
function cloud(count, place) {
  const next = random(count);
  const points = Array.from({ length: count }, () => place(next));
  return [Float32Array.from(points, ([x]) => x), Float32Array.from(points, ([, y]) => y)];
}

/** @type {Record<string, (next: () => number) => [number, number]>} */
const CLOUDS = {
  "spread evenly": (next) => [8 * next() - 4, 8 * next() - 4],
  "collapsed but for a few": (next) => (next() < 0.98 ? [next() * 1e-3, next() * 1e-3] : [60 * next(), -60 * next()]),
  "all on one line": (next) => [next(), 0],
};

for (const [name, place] of Object.entries(CLOUDS)) {
  test(`the grid finds what looking at all points finds, for points ${name}`, () => {
    const [x, y] = cloud(2000, place);
    const grid = new NeighbourGrid(x, y);
    const next = random(5);
    for (let query = 0; query < 200; query++) {
      const z = [24 * next() - 12, 24 * next() - 12];
      assert.deepEqual(grid.nearest(z[0], z[1], 15).rows, byLookingAtAll(x, y, z, 15));
    }
  });
}

test("distances come with the rows, nearest first", () => {
  const grid = new NeighbourGrid(Float32Array.of(3, 0, 1), Float32Array.of(4, 0, 0));
  assert.deepEqual(grid.nearest(0, 0, 3), { rows: [1, 2, 0], distances: [0, 1, 5] });
});

test("fewer points than asked for are all there is", () => {
  assert.equal(new NeighbourGrid(Float32Array.of(1), Float32Array.of(1)).nearest(0, 0, 15).rows.length, 1);
  assert.equal(new NeighbourGrid(new Float32Array(0), new Float32Array(0)).nearest(0, 0, 15).rows.length, 0);
});

test("the nearest within a distance, of the values that are shown; -1 where there is none", () => {
  const [x, y, values] = [Float32Array.of(0, 3, 1), Float32Array.of(0, 4, 0), [0, 1, 1]];
  const nearest = (/** @type {number} */ within, isShown = (/** @type {number} */ _value) => true) => nearestWithin(x, y, values, isShown, 0, 0, within);
  assert.equal(nearest(9), 0);
  assert.equal(nearest(9, (value) => value === 1), 2);
  assert.equal(nearest(0.5, (value) => value === 1), -1);
});

test("the commonest class wins with its share, and the nearer of two equals", () => {
  const labels = Uint8Array.of(4, 9, 9, 4, 1);
  assert.deepEqual(commonest(labels, [1, 2, 4, 0]), { label: 9, share: 0.5, among: 4 });
  assert.deepEqual(commonest(labels, [0, 1, 2, 3]), { label: 4, share: 0.5, among: 4 });
  assert.equal(commonest(labels, []), null);
});
