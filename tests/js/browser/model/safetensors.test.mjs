import assert from "node:assert/strict";
import test from "node:test";
import { extentOf } from "../../../../pages/ui/browser/maths/coordinates.mjs";
import { byImage, ordered, placedOn, readEmbedding, sameImages } from "../../../../pages/ui/browser/model/embedding.mjs";
import { dimensionsPlane } from "../../../../pages/ui/browser/model/plane.mjs";
import { parseSafetensors } from "../../../../pages/ui/browser/model/safetensors.mjs";
import { safetensors } from "../../fakes.mjs";

const mu = { dtype: "F32", shape: [2, 3], values: Float32Array.of(1, 2, 3, 4, 5, 6) };
const logvar = { ...mu, values: mu.values.map((value) => -value) };
const labels = { dtype: "U8", shape: [2], values: Uint8Array.of(7, 9) };
const index = { dtype: "I32", shape: [2], values: Int32Array.of(40, -1) };

test("tensors come back with their shapes, kinds and metadata", () => {
  const { tensors, metadata } = parseSafetensors(safetensors({ mu, labels, index }, { metadata: { step: "12" } }));
  assert.deepEqual(tensors.mu, { shape: [2, 3], values: mu.values });
  assert.deepEqual(tensors.labels.values, labels.values);
  assert.deepEqual(tensors.index.values, index.values);
  assert.equal(metadata.step, "12");
});

test("a tensor that does not begin at a multiple of its size is read all the same", () => {
  const { tensors } = parseSafetensors(safetensors({ labels, mu }, { pad: 3 }));
  assert.deepEqual(tensors.mu.values, mu.values);
});

test("a file cut short anywhere is refused with one sentence", () => {
  const whole = safetensors({ mu, labels });
  for (const length of [0, 7, 8, 60, whole.byteLength - 1]) {
    assert.throws(() => parseSafetensors(whole.slice(0, length)), /could not be read/);
  }
});

test("a kind of number that is not expected is named", () => {
  const half = { ...mu, dtype: "F16" };
  assert.throws(() => parseSafetensors(safetensors({ mu: half })), /mu is F16/);
});

test("the map gets the two dimensions that it shows", () => {
  const posteriors = readEmbedding(safetensors({ mu, logvar, labels, index }), 3);
  const embedding = placedOn(posteriors, dimensionsPlane(3, [2, 0], ["z₃", "z₁"]));
  assert.deepEqual([...embedding.x], [3, 6]);
  assert.deepEqual([...embedding.y], [1, 4]);
  assert.deepEqual([embedding.count, embedding.extent], [2, 6]);
});

test("an embedding may name more classes than a byte has numbers for, or none", () => {
  const many = { dtype: "U32", shape: [2], values: Uint32Array.of(7, 70_000) };
  assert.deepEqual([...readEmbedding(safetensors({ mu, logvar, labels: many, index }), 3).labels], [7, 70_000]);
  assert.deepEqual([...readEmbedding(safetensors({ mu, logvar, index }), 3).labels], [0, 0]);
});

test("an embedding whose labels are too few, or whose dimensions are, is refused", () => {
  const few = { ...labels, shape: [1], values: Uint8Array.of(7) };
  assert.throws(() => readEmbedding(safetensors({ mu, logvar, labels: few }), 3), /expected mu/);
  assert.throws(() => readEmbedding(safetensors({ mu, logvar, labels }), 2), /expected mu/);
  assert.throws(() => readEmbedding(safetensors({ mu, labels }), 3), /expected mu and logvar/);
});

test("one far point in a hundred does not widen the map", () => {
  const x = Float32Array.from({ length: 200 }, (_, row) => (row === 0 ? 50 : 1));
  assert.equal(extentOf(x, new Float32Array(200), 0.99), 1);
});

test("maps are of the same images where each row is one image on both", () => {
  const one = readEmbedding(safetensors({ mu, logvar, labels, index }), 3);
  const others = { ...index, values: Int32Array.of(40, 41) };
  const other = readEmbedding(safetensors({ mu, logvar, labels, index: others }), 3);
  const whole = readEmbedding(safetensors({ mu, logvar, labels, index }, { metadata: { split: "all" } }), 3);
  const onMap = (/** @type {typeof one} */ posteriors) => placedOn(posteriors, dimensionsPlane(3, [0, 1]));
  assert.deepEqual([one, other, whole].map((each) => sameImages(onMap(one), onMap(each))), [true, false, false]);
});

test("very many points are put in the order of where they lie, each with its class and image", () => {
  const count = 60_000;
  const x = Float32Array.from({ length: count }, (_, row) => (row * 7919) % 1000);
  const y = Float32Array.from({ length: count }, (_, row) => (row * 104_729) % 1000);
  const [labels, index] = [Uint8Array.from(x, (value) => value % 10), Int32Array.from(x.keys())];
  const points = /** @type {any} */ ({ count, latentDim: 2, x, y, labels, index, split: "all", extent: 1000 });
  const sorted = ordered(points);
  sorted.index.forEach((/** @type {number} */ image, /** @type {number} */ row) => {
    assert.ok(sorted.x[row] === x[image] && sorted.y[row] === y[image] && sorted.labels[row] === labels[image]);
  });
  assert.equal(new Set(sorted.index).size, count);
  const way = (/** @type {Float32Array} */ values) => values.reduce((sum, value, row) => sum + Math.abs(value - (values[row - 1] ?? value)), 0);
  assert.ok(way(sorted.x) + way(sorted.y) < 0.1 * (way(x) + way(y)), "neighbours in memory lie near each other");
  assert.equal(ordered({ ...points, count: 100 }).x, x, "a few are left as they are");
});

test("a posterior is found by its image's number, and none for an image that is not among them", () => {
  const numbers = { ...index, values: Int32Array.of(40, 7) };
  const of = byImage(readEmbedding(safetensors({ mu, logvar, labels, index: numbers }), 3));
  assert.deepEqual(Array.from(of(7)?.mu ?? []), [4, 5, 6]);
  assert.deepEqual(Array.from(of(40)?.logvar ?? []), [-1, -2, -3]);
  assert.equal(of(99), null);
});
