import assert from "node:assert/strict";
import test from "node:test";
import {
  clampPixels,
  halfWidthFor,
  homeView,
  isInside,
  scaledRanges,
  toLatent,
  toPixels,
} from "../../../../pages/ui/browser/maths/coordinates.mjs";

const view = homeView(652, 652, 4); // a plot area of 600 by 600 at (44, 8)

test("the origin of latent space is the middle of the plot area", () => {
  assert.deepEqual(toPixels(view, [0, 0]), [344, 308]);
});

test("y grows upwards on the map and downwards in pixels", () => {
  assert.deepEqual(toPixels(view, [-4, 4]), [44, 8]);
  assert.deepEqual(toPixels(view, [4, -4]), [644, 608]);
});

test("pixels to latent space undoes latent space to pixels", () => {
  for (const z of [[0.3, -1.7], [3.99, 3.99], [-12, 40]]) {
    const [x, y] = toLatent(view, toPixels(view, z));
    assert.ok(Math.abs(x - z[0]) < 1e-9 && Math.abs(y - z[1]) < 1e-9);
  }
});

test("a square box gives a square plot area, so both axes have one scale", () => {
  assert.equal(view.width, view.height);
});

test("a place outside the plot area is clamped to its edge and known to be outside", () => {
  const outside = toPixels(view, [9, -9]);
  assert.equal(isInside(view, outside), false);
  assert.deepEqual(clampPixels(view, outside), [644, 608]);
  assert.equal(isInside(view, clampPixels(view, outside)), true);
});

test("zooming keeps the middle of the view where it is", () => {
  assert.deepEqual(scaledRanges({ ...view, x: [1, 3], y: [-2, 0] }, 0.5), { x: [1.5, 2.5], y: [-1.5, -0.5] });
});

test("the map is as wide as the prior needs and grows in steps", () => {
  assert.equal(halfWidthFor(0.1), 4);
  assert.equal(halfWidthFor(4), 4);
  assert.equal(halfWidthFor(4.1), 6);
  assert.equal(halfWidthFor(1e9), 1024);
});
