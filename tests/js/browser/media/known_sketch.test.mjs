import assert from "node:assert/strict";
import test from "node:test";
import { KnownSketch } from "../../../../pages/ui/browser/media/known_sketch.mjs";

const [SIDE, PIXELS] = [8, 64];

function asking() {
  const sketch = new KnownSketch([1, SIDE, SIDE]);
  sketch.isAsking = true;
  return sketch;
}

/** A stroke across a row. @param {KnownSketch} sketch @param {number} row @param {readonly number[] | null} color @param {number} [width] */
function across(sketch, row, color, width = 1.2 / SIDE) {
  sketch.begin({ color, width }, { x: 0, y: (row + 0.5) / SIDE });
  sketch.extend({ x: 1, y: (row + 0.5) / SIDE });
  sketch.end();
}

/** Rows of which all pixels are visible. @param {KnownSketch} sketch */
const visibleRows = (sketch) =>
  Array.from({ length: SIDE }, (_, row) => row).filter((row) => sketch.visible().isVisible.subarray(row * SIDE, (row + 1) * SIDE).every(Boolean));

test("what is rubbed out is hidden, and as it was for whoever takes it back", () => {
  const sketch = asking();
  const picture = new Float32Array(PIXELS).fill(0.75);
  sketch.load(picture);
  across(sketch, 3, null);
  assert.deepEqual(visibleRows(sketch), [0, 1, 2, 4, 5, 6, 7]);
  const { image, isVisible } = sketch.visible();
  image.forEach((value, pixel) => assert.ok(!isVisible[pixel] || Math.abs(value - 0.75) < 1e-6, "no rubber in what is left"));
  assert.ok(sketch.undo());
  assert.deepEqual(sketch.visible().image, picture);
  assert.equal(visibleRows(sketch).length, SIDE);
});

test("on an empty page only what is painted is known, black as well as white, and of its own colour", () => {
  const sketch = asking();
  sketch.clear();
  assert.ok(!sketch.visible().isVisible.includes(1));
  across(sketch, 2, [1]);
  across(sketch, 5, [0]);
  assert.deepEqual(visibleRows(sketch), [2, 5]);
  const { image } = sketch.visible();
  assert.ok(image.subarray(2 * SIDE, 3 * SIDE).every((value) => value > 0.9));
  assert.ok(image.subarray(5 * SIDE, 6 * SIDE).every((value) => value === 0));
});

test("undo takes back stroke after stroke, and then the cleared page", () => {
  const sketch = asking();
  across(sketch, 1, null);
  sketch.clear();
  across(sketch, 4, [1]);
  sketch.undo();
  assert.deepEqual(visibleRows(sketch), []);
  sketch.undo();
  assert.deepEqual(visibleRows(sketch), [0, 2, 3, 4, 5, 6, 7]);
  sketch.undo();
  assert.equal(visibleRows(sketch).length, SIDE);
  assert.equal(sketch.undo(), false);
});

test("the lower half is hidden at once, besides what is hidden already", () => {
  const sketch = asking();
  across(sketch, 0, null);
  sketch.hideBelow(4);
  assert.deepEqual(visibleRows(sketch), [1, 2, 3]);
  sketch.undo();
  assert.deepEqual(visibleRows(sketch), [1, 2, 3, 4, 5, 6, 7]);
});

test("of colours a pixel is known in all channels or in none", () => {
  const sketch = new KnownSketch([3, SIDE, SIDE]);
  sketch.isAsking = true;
  across(sketch, 6, null);
  const { isVisible } = sketch.visible();
  for (let channel = 0; channel < 3; channel++) assert.equal(isVisible[channel * PIXELS + 6 * SIDE + 4], 0);
});

test("whoever does not ask sees all of the drawing", () => {
  const sketch = asking();
  sketch.load(new Float32Array(PIXELS).fill(1));
  across(sketch, 3, null);
  sketch.isAsking = false;
  assert.ok(sketch.image().every((value) => value === 1));
  assert.equal(visibleRows(sketch).length, SIDE);
  const rgba = new Uint8ClampedArray(4 * (8 * SIDE) ** 2);
  sketch.paintHidden(rgba);
  assert.ok(rgba.every((value) => value === 0));
  sketch.isAsking = true;
  sketch.paintHidden(rgba);
  assert.ok(rgba.some((value) => value > 80), "squares of grey");
});
