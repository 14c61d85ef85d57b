import assert from "node:assert/strict";
import test from "node:test";
import { cover, pressureOf, Sketch } from "../../../../pages/ui/browser/media/sketch.mjs";

/** @import { Pen, Sample } from "../../../../pages/ui/browser/media/sketch.mjs" */

const WHITE = { color: [1], width: 0.1 };
const ERASER = { color: [0], width: 0.2 };

/** @param {Sketch} sketch @param {Pen} pen @param {Sample[]} samples */
function draw(sketch, pen, [first, ...others]) {
  sketch.begin(pen, first);
  for (const sample of others) sketch.extend(sample);
  sketch.end();
}

/** @param {[Pen, Sample[]][]} strokes @param {[number, number, number]} [shape] */
function drawn(strokes, shape = [1, 28, 28]) {
  const sketch = new Sketch(shape);
  for (const [pen, samples] of strokes) draw(sketch, pen, samples);
  return sketch;
}

/** @type {Sample[]} two samples only, as of a very fast hand */
const DIAGONAL = [{ x: 0.1, y: 0.1 }, { x: 0.9, y: 0.9 }];
/** @type {Sample[]} */
const LEVEL = [{ x: 0.1, y: 0.5 }, { x: 0.9, y: 0.5 }];

test("a fast stroke has no gaps", () => {
  const image = drawn([[WHITE, DIAGONAL]]).image();
  for (let at = 4; at < 24; at++) assert.equal(image[28 * at + at], 1);
});

test("between two samples the pen is as wide as at each, and rounded at its ends", () => {
  const mask = new Uint8Array(100 * 100);
  cover(mask, [100, 100], { x: 20, y: 50, radius: 10 }, { x: 80, y: 50, radius: 10 });
  const area = mask.reduce((sum, value) => sum + value / 255, 0);
  assert.ok(Math.abs(area - (60 * 20 + Math.PI * 100)) < 5);
});

test("pressure that grows along the way makes the stroke grow with it", () => {
  const mask = new Uint8Array(100 * 100);
  cover(mask, [100, 100], { x: 20, y: 50, radius: 2 }, { x: 80, y: 50, radius: 10 });
  const heights = [25, 50, 75].map((x) => mask.filter((value, at) => at % 100 === x && value > 127).length);
  assert.ok(heights[0] < heights[1] && heights[1] < heights[2], `${heights}`);
});

test("a tap leaves a round dot of the pen's width", () => {
  const ink = drawn([[WHITE, [{ x: 0.5, y: 0.5 }]]]).image().reduce((sum, value) => sum + value, 0);
  assert.ok(Math.abs(ink - Math.PI * 1.4 ** 2) < 0.1);
});

test("how often the pointer reports makes no difference to a straight stroke", () => {
  const often = Array.from({ length: 81 }, (_, at) => ({ x: 0.1 + at / 100, y: 0.5 }));
  const [seldom, frequent] = [drawn([[WHITE, LEVEL]]).image(), drawn([[WHITE, often]]).image()];
  seldom.forEach((value, at) => assert.ok(Math.abs(value - frequent[at]) < 0.01));
});

test("what lies outside is cut off and does not come in at the other side", () => {
  const image = drawn([[WHITE, [{ x: -0.5, y: 0.5 }, { x: 0, y: 0.5 }]]]).image();
  for (let row = 0; row < 28; row++) assert.equal(image[28 * row + 27], 0);
  assert.ok(image[28 * 14] > 0.9);
  assert.ok(drawn([[WHITE, [{ x: 7, y: -7 }, { x: 9, y: -9 }]]]).image().every((value) => value === 0));
});

test("the image is the average of the fine pixels under each of the model's", () => {
  const sketch = drawn([[WHITE, DIAGONAL]]);
  for (const at of [0, 28 * 5 + 6, 28 * 12 + 13]) {
    const [row, column] = [Math.floor(at / 28), at % 28];
    let sum = 0;
    for (let y = 0; y < 8; y++) for (let x = 0; x < 8; x++) sum += sketch.fine[(8 * row + y) * 224 + 8 * column + x];
    assert.ok(Math.abs(sketch.image()[at] - sum / 64) < 1e-6);
  }
});

test("an image that was handed out stays as it was", () => {
  const sketch = drawn([]);
  const before = sketch.image();
  draw(sketch, WHITE, LEVEL);
  assert.ok(before.every((value) => value === 0));
});

test("a stroke across another leaves of it what it does not cover", () => {
  const image = drawn([[WHITE, LEVEL], [ERASER, DIAGONAL]]).image();
  assert.equal(image[28 * 14 + 14], 0);
  assert.ok(image[28 * 14 + 5] > 0.9 && image[28 * 14 + 23] > 0.9);
});

test("the eraser takes ink away", () => {
  const image = drawn([[WHITE, LEVEL], [ERASER, LEVEL]]).image();
  assert.ok(image.every((value) => value < 0.01));
});

test("a colour covers what is below it, channel by channel", () => {
  const white = { color: [1, 1, 1], width: 1 };
  const orange = { color: [0.75, 0.5, 0], width: 0.5 };
  const image = drawn([[white, LEVEL], [orange, LEVEL]], [3, 8, 8]).image();
  /** @param {number} row @param {number} column */
  const at = (row, column) => [0, 64, 128].map((channel) => image[channel + 8 * row + column]);
  assert.deepEqual(at(3, 4), [0.75, 0.5, 0]);
  assert.deepEqual(at(0, 4), [1, 1, 1]);
});

test("undo takes back the last stroke and leaves no trace of it", () => {
  const sketch = drawn([[WHITE, LEVEL]]);
  const [before, fine] = [sketch.image(), sketch.fine.slice()];
  draw(sketch, ERASER, DIAGONAL);
  assert.notDeepEqual(sketch.image(), before);
  assert.equal(sketch.undo(), true);
  assert.deepEqual(sketch.image(), before);
  assert.deepEqual(sketch.fine, fine);
});

test("with nothing drawn there is nothing to take back", () => {
  const sketch = drawn([[WHITE, LEVEL]]);
  assert.equal(sketch.undo(), true);
  assert.ok(sketch.image().every((value) => value === 0));
  assert.equal(sketch.undo(), false);
});

test("undo in the middle of a stroke takes that stroke back, and the hand draws no further", () => {
  const sketch = drawn([]);
  sketch.begin(WHITE, LEVEL[0]);
  sketch.undo();
  sketch.extend(LEVEL[1]);
  assert.ok(sketch.image().every((value) => value === 0));
});

test("a clear can be taken back", () => {
  const sketch = drawn([[WHITE, LEVEL]]);
  const before = sketch.image();
  sketch.clear();
  assert.ok(sketch.image().every((value) => value === 0));
  sketch.undo();
  assert.deepEqual(sketch.image(), before);
});

test("a loaded picture is seen by the model exactly as it came, and can be drawn on", () => {
  const sketch = drawn([[WHITE, DIAGONAL]], [3, 5, 7]);
  const picture = Float32Array.from({ length: 105 }, (_, at) => at / 104);
  sketch.load(picture);
  assert.deepEqual(sketch.image(), picture);
  draw(sketch, { color: [1, 1, 1], width: 0.5 }, LEVEL);
  assert.equal(sketch.image()[7 * 2 + 3], 1);
  sketch.undo();
  assert.deepEqual(sketch.image(), picture);
});

test("a picture that had been drawn on comes back with its strokes when the next one is taken back", () => {
  const sketch = drawn([]);
  sketch.load(new Float32Array(784).fill(0.25));
  draw(sketch, WHITE, LEVEL);
  const before = sketch.image();
  sketch.load(new Float32Array(784).fill(0.75));
  sketch.undo();
  assert.deepEqual(sketch.image(), before);
});

test("an afternoon of clearing keeps no more than two pages", () => {
  const sketch = drawn([]);
  for (let at = 0; at < 50; at++) {
    draw(sketch, WHITE, LEVEL);
    sketch.clear();
  }
  assert.equal(sketch.strokes.pages.length, 2);
});

test("only a pen's pressure counts, and half of it is the pen's own width", () => {
  assert.equal(pressureOf({ pointerType: "mouse", pressure: 0.5 }), 1);
  assert.equal(pressureOf({ pointerType: "touch", pressure: 0.1 }), 1);
  assert.equal(pressureOf({ pointerType: "pen", pressure: 0 }), 1);
  assert.equal(pressureOf({ pointerType: "pen", pressure: 0.5 }), 1);
  assert.ok(pressureOf({ pointerType: "pen", pressure: 1 }) > 1);
});
