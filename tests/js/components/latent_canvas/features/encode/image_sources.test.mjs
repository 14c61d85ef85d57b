import assert from "node:assert/strict";
import test from "node:test";
import { homeView } from "../../../../../../pages/ui/browser/maths/coordinates.mjs";
import { Exact } from "../../../../../../pages/ui/browser/model/embedding.mjs";
import { PickedImage, pointAt } from "../../../../../../pages/ui/components/latent_canvas/features/encode/image_sources.mjs";

const VIEW = { ...homeView(852, 852, 4), x: /** @type {[number, number]} */ ([-4, 4]) }; // 100 pixels to a unit
const POINTS = {
  count: 3,
  latentDim: 2,
  x: Float32Array.of(0, 1, 1.05),
  y: Float32Array.of(0, 1, 1),
  labels: Uint8Array.of(0, 1, 2),
  index: Int32Array.of(40, 7, 12),
  extent: 1.05,
  split: "held-out",
  exact: exactOf([40, 7, 12]),
};

/** Posteriors of images by their numbers. @param {number[]} index */
function exactOf(index) {
  const [mu, logvar] = [Float32Array.of(0, 0, 1, 1, 1.05, 1), Float32Array.of(-1, -2, -3, -4, -5, -6)];
  return Exact.of({ count: 3, latentDim: 2, mu, logvar, labels: Uint8Array.of(0, 1, 2), index: Int32Array.from(index), split: "held-out" });
}

const all = () => true;

test("the nearest point is hit, within reach alone", () => {
  assert.equal(pointAt(POINTS, VIEW, [1.01, 1.01], 8, all), 1);
  assert.equal(pointAt(POINTS, VIEW, [1.04, 1], 8, all), 2);
  assert.equal(pointAt(POINTS, VIEW, [0.09, 0], 8, all), -1);
  assert.equal(pointAt(POINTS, VIEW, [0.09, 0], 16, all), 0);
});

test("points that the legend has switched off are not hit", () => {
  assert.equal(pointAt(POINTS, VIEW, [1.01, 1], 8, (label) => label !== 1), 2);
});

test("reach is in pixels: closer up, the same place is farther from its point", () => {
  const closer = { ...VIEW, x: /** @type {[number, number]} */ ([0, 2]), y: /** @type {[number, number]} */ ([0, 2]) };
  assert.equal(pointAt(POINTS, VIEW, [1.1, 1], 8, all), 2);
  assert.equal(pointAt(POINTS, closer, [1.1, 1], 8, all), -1);
});

test("a picked image is found again on a map whose rows are others, with its posterior there", async () => {
  const picked = new PickedImage(null);
  assert.deepEqual([picked.row(POINTS), await picked.stored(POINTS)], [-1, null]);
  picked.pick(POINTS, 1);
  assert.equal(picked.number, 7);
  const other = { ...POINTS, index: Int32Array.of(7, 12, 40), exact: exactOf([7, 12, 40]) };
  assert.equal(picked.row(other), 0);
  assert.deepEqual(Array.from((await picked.stored(other))?.logvar ?? []), [-1, -2]);
  assert.equal(picked.row({ ...POINTS, index: Int32Array.of(1, 2, 3) }), -1);
});

test("its image is asked for where the data set is at hand, by its number", async () => {
  const real = globalThis.fetch;
  /** @type {string[]} */
  const asked = [];
  globalThis.fetch = async (input) => {
    asked.push(String(input));
    return new Response(Uint8Array.of(0, 51, 255));
  };
  const data = /** @type {any} */ ({ run: { base: "/r/", state: "finished" }, points: "held-out", images: true });
  const picked = new PickedImage(12);
  const image = await picked.fetch(data, POINTS);
  assert.deepEqual([...(image ?? [])], [0, Math.fround(0.2), 1]);
  await picked.fetch({ ...data, points: "all" }, { ...POINTS, split: "all" });
  assert.equal(await picked.fetch({ ...data, images: false }, POINTS), null);
  assert.deepEqual(asked, ["/r/thumbnails?numbers=12", "/r/thumbnails?numbers=12&split=all"]);
  globalThis.fetch = real;
});
