import assert from "node:assert/strict";
import test from "node:test";
import { rowsByImage } from "../../../../pages/ui/browser/model/embedding.mjs";
import { between, startingPlaces, Travel } from "../../../../pages/ui/browser/model/travel.mjs";

/** @import { Embedding } from "../../../../pages/ui/browser/model/embedding.mjs" */

/**
 * A map on which image i lies at (x_i, −x_i).
 * @param {number[]} index @param {number[]} x @param {string} [split]
 */
const mapOf = (index, x, split = "held-out") =>
  /** @type {Embedding} */ (
    /** @type {unknown} */ ({
      index: Int32Array.from(index),
      x: Float32Array.from(x),
      y: Float32Array.from(x, (each) => -each),
      split,
    })
  );

test("points of the same images set out from where they were", () => {
  const places = startingPlaces(mapOf([3, 7], [1, 2]), mapOf([3, 7], [5, 6]));
  assert.deepEqual([...(places?.x ?? [])], [1, 2]);
  assert.deepEqual([...(places?.y ?? [])], [-1, -2]);
});

test("a map of fewer images takes each from its row on the larger one", () => {
  const places = startingPlaces(mapOf([0, 1, 2, 3], [10, 11, 12, 13]), mapOf([3, 1], [5, 6]));
  assert.deepEqual([...(places?.x ?? [])], [13, 11]);
});

test("an image that was not there begins where it will be", () => {
  const places = startingPlaces(mapOf([1], [11]), mapOf([0, 1], [5, 6]));
  assert.deepEqual([...(places?.x ?? [])], [5, 11]);
});

test("maps of other images do not travel into each other", () => {
  assert.equal(startingPlaces(mapOf([1], [11]), mapOf([2], [5])), null);
  assert.equal(startingPlaces(mapOf([1], [11], "all"), mapOf([1], [5])), null, "image 1 of another split is another");
});

test("halfway is in the middle", () => {
  const [from, to] = [mapOf([1], [0]), mapOf([1], [8])];
  assert.deepEqual([between(from, to, 0).x[0], between(from, to, 0.5).x[0], between(from, to, 1).x[0]], [0, 4, 8]);
});

test("an image's row is found by its number, and none for one that is not there", () => {
  const row = rowsByImage(Int32Array.from([4, 2]));
  assert.deepEqual([4, 2, 3, 99].map(row), [0, 1, -1, -1]);
});

function clocked() {
  const clock = { time: 0 };
  const travel = new Travel(() => clock.time);
  /** Where the points are so many milliseconds later. @param {number} ms */
  const after = (ms) => ((clock.time += ms), [...travel.places().x]);
  return { travel, after };
}

test("travelling points start where they were and end where they are to be, slow, fast, slow", () => {
  const { travel, after } = clocked();
  const [before, there] = [mapOf([1], [0]), mapOf([1], [8])];
  void travel.to(there, before);
  const early = after(22)[0];
  assert.ok(early > 0 && early < 0.8, "slower at first than halfway");
  assert.deepEqual([after(88), after(110), travel.isUnderWay], [[4], [8], false]);
});

test("points that set out anew go from where they are at that moment", () => {
  const { travel, after } = clocked();
  const [first, second] = [mapOf([1], [8]), mapOf([1], [0])];
  void travel.to(first, mapOf([1], [0]));
  after(110);
  void travel.to(second, first);
  assert.deepEqual([after(0), after(110), after(110)], [[4], [2], [0]]);
});

test("arriving is told, also where points go elsewhere before or do not travel at all", async () => {
  const { travel, after } = clocked();
  await travel.to(mapOf([1], [0]), null);
  const gone = travel.to(mapOf([1], [8]), mapOf([1], [0]));
  const there = travel.to(mapOf([1], [9]), mapOf([1], [8]));
  await gone;
  after(999);
  await there;
});
