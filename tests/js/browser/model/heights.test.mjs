import assert from "node:assert/strict";
import test from "node:test";
import { heightsFor, heightsOf, heightTexts, heightTicks, linePlane } from "../../../../pages/ui/browser/model/heights.mjs";
import { placedOn } from "../../../../pages/ui/browser/model/embedding.mjs";
import { numbers, uniforms } from "../../seeded.mjs";

/** @param {number[]} mu @param {number[]} labels */
const line = (mu, labels) => ({
  count: mu.length,
  latentDim: 1,
  mu: Float32Array.from(mu),
  logvar: new Float32Array(mu.length),
  labels: Uint8Array.from(labels),
  index: Int32Array.from(mu, (_, row) => row),
  split: "held-out",
});

const COUNT = /** @type {const} */ ({ kind: "count", name: "" });
const CLASS = /** @type {const} */ ({ kind: "class", name: "" });
const THREE = ["ant", "bee", "cat"];

/** What the axis says at a height of the map. @param {import("../../../../pages/ui/browser/model/heights.mjs").Heights} heights @param {number} height */
const said = ({ unit, from }, height) => from + height * unit;

test("a stack is as high as it has images, and one class lies on the other", () => {
  const stack = line([0.01, 0.02, 0.03, 0.04, 1.05], [1, 0, 1, 0, 2]);
  const heights = heightsFor(COUNT, THREE, stack);
  assert.equal(heights.name, "images per 0.1");
  const counts = [...heightsOf(heights, stack)].map((height) => said(heights, height));
  counts.forEach((count, row) => assert.ok(Math.abs(count - [2.5, 0.5, 3.5, 1.5, 0.5][row]) < 1e-5, `${counts}`));
  assert.deepEqual(heightTexts(heights, stack), [...new Array(4).fill("4 images per 0.1"), "1 images per 0.1"]);
});

test("all points of a map fit on it, however many there are and however far they reach", () => {
  for (const [count, spread] of [[1, 1], [50, 1], [2000, 1], [2000, 20]]) {
    const many = line([...numbers(uniforms(count), count)].map((value) => spread * value), new Array(count).fill(0));
    const half = spread > 1 ? 128 : 4;
    for (const choice of [COUNT, CLASS]) {
      const highest = Math.max(...heightsOf(heightsFor(choice, THREE, many), many));
      assert.ok(highest > 0 && highest < 1.75 * half, `${choice.kind} of ${count}: ${highest}`);
    }
  }
});

test("each class has a row of its own, and its name stands in the middle of that", () => {
  const rows = line([0, 0.01, 0.02, 2, 2.01, -1], [0, 1, 2, 2, 2, 0]);
  const heights = heightsFor(CLASS, THREE, rows);
  const { values, texts } = heightTicks(heights, [-1, 7]);
  assert.deepEqual(texts, THREE);
  const row = 1 / heights.unit;
  heightsOf(heights, rows).forEach((height, at) => {
    assert.ok(Math.abs(height - values[rows.labels[at]]) < row / 2, `point ${at} at ${height}`);
  });
  assert.deepEqual(heightTexts(heights, rows), new Array(6).fill(""));
});

test("images without classes are counted, whatever was chosen", () => {
  assert.equal(heightsFor(CLASS, [], line([0], [0])).kind, "count");
});

test("a column stands at its values, by the numbers of the images, and what is not known of one is nowhere", () => {
  const shuffled = { ...line([0, 1, 2], [0, 0, 0]), index: Int32Array.of(2, 0, 3) };
  const column = Float32Array.of(10, 99, 30, NaN);
  const heights = heightsFor({ kind: "column", name: "age" }, [], shuffled, column);
  assert.equal(heights.name, "age");
  const [first, second, third] = heightsOf(heights, shuffled);
  assert.ok(Math.abs(said(heights, first) - 30) < 1e-4);
  assert.ok(Math.abs(said(heights, second) - 10) < 1e-4);
  assert.ok(Number.isNaN(third));
  assert.ok(second > 0 && first < 7, "all of them are on the map and above its handles");
  assert.deepEqual(heightTexts(heights, shuffled), ["age 30.00", "age 10.00", "age –"]);
});

test("ticks say true values at their heights, are about as many in every view, and count no halves of images", () => {
  const many = line([...numbers(uniforms(5), 400)], new Array(400).fill(0));
  const heights = heightsFor(COUNT, THREE, many);
  for (const range of /** @type {[number, number][]} */ ([[-1, 7], [0, 1], [2, 2.5], [-4, 28]])) {
    const { values, texts } = heightTicks(heights, range);
    assert.ok(values.length >= 2 || range[1] - range[0] <= 1, `${range}: ${texts}`);
    assert.ok(values.length <= 15, `${range}: ${texts}`);
    values.forEach((height, at) => assert.ok(Math.abs(said(heights, height) - Number(texts[at])) < 1e-6));
    assert.ok(texts.every((text) => Number.isInteger(Number(text)) && Number(text) >= 0));
  }
});

test("what a map of one dimension reaches is how far its z go, not how high they stand", () => {
  const wide = line([-5, 5, 0, 0, 0], [0, 0, 0, 0, 0]);
  const { x, extent } = placedOn(wide, linePlane(heightsFor(COUNT, [], wide)));
  assert.deepEqual([...x], [...wide.mu]);
  assert.equal(extent, 5);
});
