import assert from "node:assert/strict";
import test from "node:test";
import { placedOn } from "../../../../pages/ui/browser/model/embedding.mjs";
import { dimensionsPlane } from "../../../../pages/ui/browser/model/plane.mjs";
import { byClass } from "../../../../pages/ui/components/linked_maps/by_class.mjs";
import { positionOf, SameImage, SameZ, followedRanges, homeHalves } from "../../../../pages/ui/components/linked_maps/cursors.mjs";
import { nextTowards, oneOfEach, sharedImages } from "../../../../pages/ui/components/linked_maps/shared_images.mjs";

/** @import { Plane } from "../../../../pages/ui/browser/model/plane.mjs" */

/**
 * Points of a model. @param {Plane} plane @param {number[][]} mu (N, D) @param {number[]} index
 */
function pointsOf(plane, mu, index) {
  const latentDim = mu[0].length;
  const labels = Uint8Array.from(index, (image) => image % 10);
  const posteriors = { count: mu.length, latentDim, mu: Float32Array.from(mu.flat()), logvar: new Float32Array(mu.flat().length) };
  return placedOn({ ...posteriors, labels, index: Int32Array.from(index), split: "held-out" }, plane);
}

test("models share the images that all of them have, in the order of the first, whatever their rows", () => {
  const { images, rows } = sharedImages([Int32Array.of(5, 2, 9, 7), Int32Array.of(9, 5, 1), Int32Array.of(1, 5, 2, 9)]);
  assert.deepEqual([...images], [5, 9]);
  assert.deepEqual(rows.map((each) => [...each]), [[0, 2], [1, 0], [1, 3]]);
});

test("models without an image in common share none", () => {
  assert.equal(sharedImages([Int32Array.of(1), Int32Array.of(2)]).images.length, 0);
});

test("a key goes to the nearest point in its direction, never back and never to the side", () => {
  const x = [0, 1, -0.1, 0.2, 3];
  const y = [0, 0, 0, 2, 0];
  assert.equal(nextTowards(x, y, 0, [0.05, 0]), 1, "right");
  assert.equal(nextTowards(x, y, 1, [1.05, 0]), 4, "right again");
  assert.equal(nextTowards(x, y, 0, [0, 0.05]), 3, "up");
  assert.equal(nextTowards(x, y, 0, [-0.05, 0]), 2, "left");
  assert.equal(nextTowards(x, y, 0, [0, -0.05]), 0, "there is nothing below");
  assert.equal(nextTowards(x, y, 0, [2.6, 0]), 4, "a long step passes over what is near");
});

test("a table of examples has one image of each class that has any, and counts round", () => {
  const labels = [2, 0, 2, 0, 0];
  assert.deepEqual(oneOfEach(labels, 3, 0), [1, 0]);
  assert.deepEqual(oneOfEach(labels, 3, 2), [4, 0]);
});

test("under the same z all maps show as much as the widest, unless one would make spots of the others", () => {
  assert.deepEqual(homeHalves([4, 6, 8], true), [8, 8, 8]);
  assert.deepEqual(homeHalves([4, 64], true), [4, 64]);
  assert.deepEqual(homeHalves([4, 6], false), [4, 6], "under the same image each has its own");
});

test("maps of one width that show the cursor at one place show the same after a zoom", () => {
  const view = { x: /** @type {[number, number]} */ ([0, 2]), y: /** @type {[number, number]} */ ([-3, -1]) };
  const here = { position: /** @type {[number, number]} */ ([1.5, -2]), half: 4 };
  assert.deepEqual(followedRanges(view, here, here), view);
});

test("another latent space is zoomed as closely, around the same image's place in it", () => {
  const view = { x: /** @type {[number, number]} */ ([0, 2]), y: /** @type {[number, number]} */ ([-3, -1]) };
  const followed = followedRanges(view, { position: [1, -2], half: 4 }, { position: [10, 20], half: 8 });
  assert.deepEqual(followed, { x: [8, 12], y: [18, 22] });
});

test("the same z stands at the same coordinates for every model, and what the map does not show stays", () => {
  const plane = dimensionsPlane(3, [0, 2]);
  const cursor = new SameZ(plane);
  cursor.adopt({ z: [0, 5] });
  cursor.move(1, [1, -1]);
  assert.deepEqual(cursor.z(), [1, 5, -1]);
  assert.deepEqual(positionOf(cursor, 0, plane), [1, -1]);
  assert.deepEqual(cursor.state, { z: [1, 5, -1] });
});

/** Two models of other sizes that have images 4, 8 and 6 in common. */
function twoModels() {
  const planes = [dimensionsPlane(2, [0, 1]), dimensionsPlane(3, [1, 2])];
  const cursor = new SameImage(planes);
  const first = pointsOf(planes[0], [[0, 0], [1, 1], [2, 2], [9, 9]], [4, 8, 6, 3]);
  const second = pointsOf(planes[1], [[7, 30, 30], [7, 10, 10], [7, 20, 20]], [6, 4, 8]);
  return { planes, cursor, first, second };
}

test("until all models' points are here, nobody knows where an image lies", () => {
  const { planes, cursor, first } = twoModels();
  cursor.know(0, first);
  assert.equal(positionOf(cursor, 0, planes[0]), null);
  cursor.move(0, [1, 1], false);
  assert.deepEqual(cursor.state, {});
});

test("the cursor snaps to the image under the hand and stands at its place on every map", () => {
  const { planes, cursor, first, second } = twoModels();
  cursor.know(0, first);
  cursor.know(1, second);
  assert.deepEqual(cursor.state, { image: 4 }, "it starts at the first image they share");
  cursor.move(0, [1.2, 0.9], false);
  assert.deepEqual(cursor.state, { image: 8 });
  assert.deepEqual(positionOf(cursor, 0, planes[0]), [1, 1]);
  assert.deepEqual(positionOf(cursor, 1, planes[1]), [20, 20]);
  assert.deepEqual(cursor.z(1), [7, 20, 20], "decoded from the whole posterior mean");
  cursor.move(1, [31, 31], false);
  assert.deepEqual(cursor.state, { image: 6 });
});

test("an image that only one model has is not snapped to", () => {
  const { cursor, first, second } = twoModels();
  cursor.know(0, first);
  cursor.know(1, second);
  cursor.move(0, [9, 9], false);
  assert.deepEqual(cursor.state, { image: 6 });
});

test("an image stays the same one when a model's points change while it trains", () => {
  const { planes, cursor, first, second } = twoModels();
  cursor.adopt({ image: 8 });
  cursor.know(0, first);
  cursor.know(1, second);
  assert.deepEqual(positionOf(cursor, 0, planes[0]), [1, 1]);
  cursor.know(0, pointsOf(planes[0], [[5, 5], [6, 6]], [6, 8]));
  assert.deepEqual(cursor.state, { image: 8 });
  assert.deepEqual(positionOf(cursor, 0, planes[0]), [6, 6]);
});

test("an address that names an image nobody has starts at the first", () => {
  const { cursor, first, second } = twoModels();
  cursor.adopt({ image: 12345 });
  cursor.know(0, first);
  cursor.know(1, second);
  assert.deepEqual(cursor.state, { image: 4 });
});

/** A decoder whose every image is its class. @param {number} label @param {number[]} released */
const ofClass = (label, released) => ({
  decode: async () => Float32Array.of(label),
  decodeBatch: async () => Float32Array.of(label),
  reconstruct: async () => ({ image: Float32Array.of(label), raw: Float32Array.of(label), logScale: 0 }),
  reconstructBatch: async () => ({ image: Float32Array.of(label), raw: Float32Array.of(label), logScale: 0 }),
  release: () => void released.push(label),
});

test("a conditional model decodes for the class of the image under the cursor, and all its decoders are freed", async () => {
  /** @type {number[]} */
  const released = [];
  const decoder = byClass([0, 1, 2].map((label) => ofClass(label, released)), 1);
  assert.equal((await decoder.decode([0, 0]))[0], 1);
  decoder.label = 2;
  assert.equal((await decoder.decode([0, 0]))[0], 2);
  assert.equal((await decoder.of(0).decode([0, 0]))[0], 0, "another class, without a change for the cursor");
  assert.equal((await decoder.decodeBatch(new Float32Array(2), 1))[0], 2);
  decoder.release();
  assert.deepEqual(released, [0, 1, 2]);
});

test("the label of an image is that of the point it is", () => {
  const { cursor, first, second } = twoModels();
  cursor.know(0, first);
  assert.equal(cursor.label(0), null);
  cursor.know(1, second);
  cursor.move(0, [1, 1], false);
  assert.equal(cursor.label(1), 8);
});
