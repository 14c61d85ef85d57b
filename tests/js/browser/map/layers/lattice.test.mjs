import assert from "node:assert/strict";
import test from "node:test";
import { homeView, scaledRanges } from "../../../../../pages/ui/browser/maths/coordinates.mjs";
import {
  drawingOrder,
  latticePoints,
  latticeSize,
  placeKey,
  sharesAxes,
} from "../../../../../pages/ui/browser/map/layers/lattice.mjs";
import { dimensionsPlane } from "../../../../../pages/ui/browser/model/plane.mjs";

/** @import { View } from "../../../../../pages/ui/browser/maths/coordinates.mjs" */
/** @import { Spacing } from "../../../../../pages/ui/browser/map/layers/lattice.mjs" */

const home = homeView(652, 652, 4); // a plot area of 600 by 600 pixels

/** @param {number} factor @param {number} dx @param {number} dy @returns {View} */
function lookingAt(factor, dx = 0, dy = 0) {
  const view = { ...home, ...scaledRanges(home, factor) };
  return { ...view, x: [view.x[0] + dx, view.x[1] + dx], y: [view.y[0] + dy, view.y[1] + dy] };
}

/** @param {View} view @param {Spacing} spacing */
const latticeOf = (view, spacing) => latticePoints(view, latticeSize(view), spacing);

/** @type {Spacing[]} */
const SPACINGS = ["prior", "linear"];
const VIEWS = [home, lookingAt(0.37, 0.4, -1), lookingAt(0.05, 1.3, 0.2), lookingAt(0.002, -0.7, 0.1), lookingAt(6)];

test("cells stay between 28 and 56 pixels however close one comes", () => {
  for (let factor = 20; factor > 1e-4; factor *= 0.93) {
    const cell = home.width / latticeSize(lookingAt(factor));
    assert.ok(cell > 27 && cell < 58, `${cell} pixels at ${factor}`);
  }
});

test("a small map has no fewer than five images a side, a large one no more than thirty", () => {
  assert.equal(latticeSize(homeView(140, 140, 4)), 5);
  assert.equal(latticeSize(homeView(2600, 2600, 4)), 30);
});

test("linear places are multiples of their distance, and as many a side as wanted", () => {
  const size = latticeSize(home);
  const xs = [...new Set(latticeOf(home, "linear").points.map(({ x }) => x))].sort((a, b) => a - b);
  assert.deepEqual([size, xs.length], [16, 17]); // cells half outside at either edge
  assert.deepEqual(xs.slice(0, 3), [-4, -3.5, -3]);
});

test("the prior's places are the quantiles of evenly spaced probabilities", () => {
  const xs = [...new Set(latticeOf(home, "prior").points.map(({ x }) => x))].sort((a, b) => a - b);
  // From a table of the standard normal: the quantiles of 1/6, 1/3, 1/2, 2/3 and 5/6.
  const table = [-0.967422, -0.430727, 0, 0.430727, 0.967422];
  assert.equal(xs.length, 5);
  xs.forEach((x, at) => assert.ok(Math.abs(x - table[at]) < 1e-6, `${x}`));
});

for (const spacing of SPACINGS) {
  test(`no place comes twice (${spacing})`, () => {
    for (const view of VIEWS) {
      const keys = latticeOf(view, spacing).points.map(placeKey);
      assert.equal(new Set(keys).size, keys.length);
    }
  });

  test(`a coarse lattice of about five to ten a side comes first, and each refinement after it (${spacing})`, () => {
    for (const view of VIEWS) {
      const { points, levels } = latticeOf(view, spacing);
      assert.deepEqual(points.map(({ level }) => level), points.map(({ level }) => level).sort((a, b) => a - b));
      assert.deepEqual(new Set(points.map(({ level }) => level)).size, levels + 1);
      const coarse = points.filter(({ level }) => level === 0);
      const aSide = new Set(coarse.map(({ column }) => column)).size;
      assert.ok(aSide >= 4 && aSide <= 12, `${aSide} a side`);
    }
  });

  test(`coming closer keeps the places that were there (${spacing})`, () => {
    const far = lookingAt(0.4, 0.3, 0.3);
    const near = lookingAt(0.2, 0.3, 0.3);
    const isInside = (/** @type {{x: number, y: number}} */ { x, y }) =>
      x > near.x[0] && x < near.x[1] && y > near.y[0] && y < near.y[1];
    const known = latticeOf(far, spacing).points.filter(isInside).map(placeKey);
    const closer = new Set(latticeOf(near, spacing).points.map(placeKey));
    assert.ok(known.length > 10);
    assert.deepEqual(known.filter((key) => !closer.has(key)), []);
  });

  test(`images never overlap, at any level (${spacing})`, () => {
    for (const view of VIEWS) {
      const { points, levels, half } = latticeOf(view, spacing);
      for (let level = 0; level <= levels; level++) {
        const present = points.filter((point) => point.level <= level);
        const drawn = present.map((point) => ({ ...point, half: half(point, level) }));
        for (const [at, one] of drawn.entries()) {
          assert.ok(one.half > 0);
          for (const other of drawn.slice(at + 1)) {
            const apart = Math.max(Math.abs(one.x - other.x), Math.abs(one.y - other.y));
            assert.ok(apart >= (one.half + other.half) * (1 - 1e-9));
          }
        }
      }
    }
  });
}

test("panning keeps every linear place that stays in view", () => {
  const before = new Set(latticeOf(lookingAt(0.3), "linear").points.map(placeKey));
  const after = latticeOf(lookingAt(0.3, 0.2113, -0.077), "linear").points.map(placeKey);
  assert.ok(after.filter((key) => before.has(key)).length > 0.7 * after.length);
  const view = lookingAt(0.3);
  const common = latticeOf(lookingAt(0.3, 0.2113, -0.077), "linear").points.filter(
    ({ x, y }) => x > view.x[0] && x < view.x[1] && y > view.y[0] && y < view.y[1],
  );
  assert.ok(common.every((point) => before.has(placeKey(point))));
});

test("linear images cover the whole view", () => {
  const view = lookingAt(0.37, 0.4, -1);
  const { points, levels, half } = latticeOf(view, "linear");
  for (const x of [view.x[0], 0.4, view.x[1]]) {
    for (const y of [view.y[0], -1, view.y[1]]) {
      const slack = 1 + 1e-9;
      const covering = points.filter((point) => {
        const reach = half(point, levels) * slack;
        return Math.abs(point.x - x) <= reach && Math.abs(point.y - y) <= reach;
      });
      assert.ok(covering.length > 0, `nothing at ${x}, ${y}`);
    }
  }
});

test("a view far out in the prior's tail, where it has no images to spend, has few places but breaks nothing", () => {
  assert.ok(latticeOf(lookingAt(0.1, 60, 60), "prior").points.length < 1000);
});

test("while only the coarse images are here, each fills the room of its finer neighbours", () => {
  const lattice = latticeOf(home, "linear");
  const drawn = drawingOrder(lattice, ({ level }) => level === 0);
  assert.ok(drawn.length >= 25);
  assert.ok(drawn.every(({ level }) => level === 0));
});

test("once all are here, every image has its own size", () => {
  const lattice = latticeOf(home, "linear");
  const drawn = drawingOrder(lattice, () => true);
  assert.equal(drawn.length, lattice.points.length);
  assert.ok(drawn.every(({ level }) => level === lattice.levels));
});

test("an image with one neighbour missing stays large, under those that are here", () => {
  const lattice = latticeOf(home, "linear");
  const gap = lattice.points[lattice.points.length >> 1];
  const drawn = drawingOrder(lattice, (point) => point !== gap);
  const large = drawn.filter(({ level }) => level < lattice.levels);
  assert.ok(large.length > 0 && large.length <= 4);
  assert.deepEqual(drawn.slice(0, large.length), large); // drawn first, so that the finer ones lie on top
  assert.ok(large.every(({ point }) => Math.abs(point.column - gap.column) <= 1 && Math.abs(point.row - gap.row) <= 1));
});

test("pictures may stay while principal components move, but not on other axes", () => {
  const plane = dimensionsPlane(4, [0, 1]);
  /** @param {string} share @returns {typeof plane} */
  const components = (share) => ({ ...plane, kind: "pca", names: [`PC 1 (${share})`, "PC 2"] });
  assert.equal(sharesAxes(plane, dimensionsPlane(4, [0, 1])), true);
  assert.equal(sharesAxes(components("31 %"), components("32 %")), true);
  assert.equal(sharesAxes(plane, dimensionsPlane(4, [0, 2])), false);
  assert.equal(sharesAxes(plane, components("31 %")), false);
  assert.equal(sharesAxes(plane, undefined), false);
});

test("a line has one row of images, which touch each other and hang below it", () => {
  const { points, levels, half } = latticePoints(home, 16, "linear", true);
  const side = 2 * half(points[0], levels);
  assert.deepEqual([...new Set(points.map(({ y }) => y))], [-side / 2]);
  const places = points.map(({ x }) => x).sort((one, other) => one - other);
  assert.equal(places.length, 17); // half of the outermost two lies outside
  places.slice(1).forEach((x, at) => assert.equal(x - places[at], side));
  assert.equal(Math.max(...points.map(({ level }) => level)), levels);
  assert.equal(points[0].level, 0);
});
