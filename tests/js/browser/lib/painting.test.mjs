import assert from "node:assert/strict";
import test from "node:test";
import { measure, runningMedian } from "../../../../pages/ui/browser/lib/measures.mjs";
import { painter, toRgba } from "../../../../pages/ui/browser/media/painter.mjs";

/** @param {number[]} image @param {number} channels @param {number} pixels @param {number} [scale] */
function painted(image, channels, pixels, scale) {
  const rgba = new Uint8ClampedArray(4 * pixels);
  toRgba(Float32Array.from(image), channels, rgba, scale);
  return [...rgba];
}

test("one channel is painted grey and opaque", () => {
  assert.deepEqual(painted([0, 1], 1, 2), [0, 0, 0, 255, 255, 255, 255, 255]);
});

test("three channels come one after the other and are painted side by side", () => {
  assert.deepEqual(painted([1, 0, 0, 1, 0, 0], 3, 2), [255, 0, 0, 255, 0, 255, 0, 255]);
});

test("values outside 0 to 1 are clipped and the rest rounded", () => {
  assert.deepEqual(painted([-0.2, 1.7, 0.5], 1, 3).filter((_, at) => at % 4 === 0), [0, 255, 128]);
});

test("bytes are painted as they are", () => {
  assert.deepEqual(painted([17, 200], 1, 2, 1).filter((_, at) => at % 4 === 0), [17, 200]);
});

test("an image whose surface was lost is painted again by itself, once it is back", () => {
  Object.assign(globalThis, {
    ImageData: class {
      data = new Uint8ClampedArray(4);
    },
  });
  /** @type {number[][]} */
  const put = [];
  const context = { putImageData: (/** @type {ImageData} */ { data }) => put.push([...data]) };
  const canvas = Object.assign(new EventTarget(), { width: 0, height: 0, getContext: () => context });
  const paint = painter(/** @type {any} */ (canvas), [1, 1, 1]);
  paint([1]);
  canvas.dispatchEvent(new Event("contextrestored"));
  assert.deepEqual(put, [[255, 255, 255, 255], [255, 255, 255, 255]]);
});

test("the timing buffer is emptied before it grows for ever", () => {
  let entries = 0;
  const clock = { measure: () => void entries++, clearMeasures: () => void (entries = 0) };
  for (let at = 0; at < 25_000; at++) measure("decode", 0, 1, /** @type {any} */ (clock));
  assert.ok(entries <= 10_000);
});

test("a running median forgets what is old and ignores one outlier", () => {
  const median = runningMedian(3);
  assert.deepEqual([1, 1, 90, 1, 5, 5].map(median), [1, 1, 1, 1, 5, 5]);
});
