import assert from "node:assert/strict";
import test from "node:test";
import { homeView, scaledRanges, toPixels } from "../../../../../pages/ui/browser/maths/coordinates.mjs";
import { ThumbnailStore } from "../../../../../pages/ui/browser/map/layers/thumbnail_store.mjs";
import { Slots } from "../../../../../pages/ui/browser/map/layers/tiles.mjs";
import { deferred, settled } from "../../../fakes.mjs";
import { chooseThumbnails, pictureOpacity } from "../../../../../pages/ui/browser/map/layers/thumbnail_canvas.mjs";

/** @import { View } from "../../../../../pages/ui/browser/maths/coordinates.mjs" */

const SIZE = 30;
const home = homeView(652, 652, 4); // 600 by 600 pixels, 75 to a unit

/** The same numbers every time. @param {number} seed */
function random(seed) {
  let state = seed;
  return () => (state = (state * 48271) % 2147483647) / 2147483647;
}

/** Points crowded about 0. @param {number} count @param {number} [seed] */
function cloud(count, seed = 7) {
  const next = random(seed);
  const about = () => next() + next() + next() + next() + next() + next() - 3;
  return { x: Float32Array.from({ length: count }, about), y: Float32Array.from({ length: count }, about) };
}

/** @param {number} factor @param {number} [dx] @param {number} [dy] @returns {View} */
function lookingAt(factor, dx = 0, dy = 0) {
  const { x, y } = scaledRanges(home, factor);
  return { ...home, x: [x[0] + dx, x[1] + dx], y: [y[0] + dy, y[1] + dy] };
}

/** @param {View} view @param {number} x @param {number} y */
const isIn = (view, x, y) => x > view.x[0] && x < view.x[1] && y > view.y[0] && y < view.y[1];

const all = () => true;

test("no two pictures overlap, whatever the cloud and the view", () => {
  for (const seed of [1, 2, 3, 4, 5, 6]) {
    const { x, y } = cloud(3000, seed);
    for (const view of [home, lookingAt(0.31, 0.3, -0.2), lookingAt(0.07, -0.4, 0.9)]) {
      const rows = chooseThumbnails({ x, y }, view, SIZE, all);
      const places = rows.map((row) => toPixels(view, [x[row], y[row]]));
      assert.ok(rows.length > 20);
      places.forEach(([ax, ay], at) => {
        for (const [bx, by] of places.slice(at + 1)) {
          assert.ok(Math.max(Math.abs(ax - bx), Math.abs(ay - by)) > SIZE - 1e-3);
        }
      });
    }
  }
});

test("pictures use much of the room that there is", () => {
  const next = random(3);
  const x = Float32Array.from({ length: 5000 }, () => 8 * next() - 4);
  const y = Float32Array.from({ length: 5000 }, () => 8 * next() - 4);
  const rows = chooseThumbnails({ x, y }, home, SIZE, all);
  assert.ok(rows.length > 0.25 * (600 / SIZE) ** 2, `${rows.length}`);
});

test("panning neither adds nor drops a picture whose point was and is in view", () => {
  const { x, y } = cloud(3000);
  const before = lookingAt(0.3);
  const chosen = new Set(chooseThumbnails({ x, y }, before, SIZE, all));
  for (let shift = 0.01; shift < 0.8; shift += 0.0371) {
    const after = lookingAt(0.3, shift, -0.6 * shift);
    const isInBoth = (/** @type {number} */ row) => [before, after].every((view) => isIn(view, x[row], y[row]));
    const now = chooseThumbnails({ x, y }, after, SIZE, all);
    assert.deepEqual(new Set(now.filter(isInBoth)), new Set([...chosen].filter(isInBoth)));
  }
});

test("points that crowd stay dots, and pictures come out little by little as one comes closer", () => {
  const places = cloud(70_000);
  assert.equal(pictureOpacity(places, home, SIZE, all), 0);
  let before = 0;
  for (let factor = 1; factor > 0.05; factor *= 0.95) {
    const opacity = pictureOpacity(places, lookingAt(factor), SIZE, all);
    assert.ok(opacity - before > -0.1 && opacity - before < 0.25, `${before} to ${opacity}`);
    before = opacity;
  }
  assert.equal(before, 1);
  assert.ok(chooseThumbnails(places, lookingAt(0.05), SIZE, all).length > 50);
});

test("a few points are shown as pictures however close they lie", () => {
  const shrunk = (/** @type {number} */ count) => {
    const { x, y } = cloud(count);
    return { x: x.map((value) => value / 100), y: y.map((value) => value / 100) };
  };
  assert.equal(pictureOpacity(shrunk(300), home, SIZE, all), 1);
  assert.ok(chooseThumbnails(shrunk(300), home, SIZE, all).length >= 1);
  assert.equal(pictureOpacity(shrunk(70_000), home, SIZE, all), 0);
  assert.equal(pictureOpacity(shrunk(70_000), home, SIZE, (row) => row % 200 === 0), 1, "hidden ones do not count");
});

test("points of hidden classes get no picture and take no room", () => {
  const { x, y } = cloud(500);
  const isShown = (/** @type {number} */ row) => row % 2 === 1;
  const rows = chooseThumbnails({ x, y }, home, SIZE, isShown);
  assert.ok(rows.length > 20 && rows.every(isShown));
  const [shownX, shownY] = [x, y].map((values) => values.filter((_, row) => isShown(row)));
  const alone = chooseThumbnails({ x: shownX, y: shownY }, home, SIZE, all);
  assert.deepEqual(rows, alone.map((row) => 2 * row + 1));
});

test("of two that would overlap, the first is shown", () => {
  const [x, y] = [Float32Array.of(1, 1.05), Float32Array.of(1, 1.05)];
  assert.deepEqual(chooseThumbnails({ x, y }, home, SIZE, all), [0]);
});

test("two in different cells that would overlap are not both shown", () => {
  const [x, y] = [Float32Array.of(-0.01, 0.01), Float32Array.of(1, 1)]; // a cell ends at 0
  assert.deepEqual(chooseThumbnails({ x, y }, home, SIZE, all), [0]);
});

test("points outside the view get no picture", () => {
  assert.deepEqual(chooseThumbnails({ x: [4.1, 0], y: [0, 0] }, home, SIZE, all), [1]);
});

/** A store of one-byte images whose requests are answered by hand. @param {number} [capacity] */
function storeByHand(capacity) {
  /** @type {{rows: number[], signal: AbortSignal, answer: () => void, fail: (error: unknown) => void}[]} */
  const requests = [];
  /** @type {unknown[]} */
  const failures = [];
  const fetchRows = (/** @type {number[]} */ rows, /** @type {AbortSignal} */ signal) => {
    const { promise, resolve, reject } = deferred();
    requests.push({ rows, signal, answer: () => resolve(Uint8Array.from(rows)), fail: reject });
    return /** @type {Promise<Uint8Array>} */ (promise);
  };
  const events = { onArrive: () => undefined, onError: (/** @type {unknown} */ error) => void failures.push(error) };
  return { store: new ThumbnailStore(1, fetchRows, events, capacity), requests, failures };
}

/** @param {number} count @param {number} [from] */
const rowsFrom = (count, from = 0) => Array.from({ length: count }, (_, at) => from + at);

test("pictures are fetched at most 256 at a time, one request after the other", async () => {
  const { store, requests } = storeByHand();
  store.want(rowsFrom(600));
  assert.deepEqual(requests.map(({ rows }) => rows.length), [256]);
  requests[0].answer();
  await settled();
  assert.deepEqual(requests.map(({ rows }) => rows.length), [256, 256]);
  requests[1].answer();
  await settled();
  assert.deepEqual(requests[2].rows, rowsFrom(88, 512));
  assert.deepEqual([...(store.find(200) ?? [])], [200]);
  assert.equal(store.find(599), undefined);
});

test("what the newest view wants comes before what earlier ones still waited for", async () => {
  const { store, requests } = storeByHand();
  store.want(rowsFrom(600));
  store.want([7, 1000, 1001]);
  requests[0].answer();
  await settled();
  assert.deepEqual(requests[1].rows, [1000, 1001]); // 7 has just come
  requests[1].answer();
  await settled();
  assert.equal(requests.length, 2);
});

test("what is here is not fetched again", async () => {
  const { store, requests } = storeByHand();
  store.want([1, 2]);
  requests[0].answer();
  await settled();
  store.want([2, 1, 3, 3]);
  assert.deepEqual(requests[1].rows, [3]);
});

test("the pictures unused for longest make room", async () => {
  const { store, requests } = storeByHand(3);
  for (const rows of [[1, 2], [3], [1], [4]]) {
    store.want(rows);
    requests.at(-1)?.answer();
    await settled();
  }
  assert.deepEqual([1, 2, 3, 4].map((row) => store.find(row) !== undefined), [true, false, true, true]);
});

test("a failed request is reported once and not repeated until the view changes", async () => {
  const { store, requests, failures } = storeByHand();
  store.want([1]);
  requests[0].fail(new Error("gone"));
  await settled();
  assert.deepEqual([requests.length, failures.length], [1, 1]);
  store.want([1]);
  assert.equal(requests.length, 2);
});

test("an answer of the wrong length is explained", async () => {
  const { store, requests, failures } = storeByHand();
  store.imageBytes = 784;
  store.want([1, 2]);
  requests[0].answer();
  await settled();
  assert.match(String(failures[0]), /expected 1568 bytes, got 2; reload the page\./);
});

test("after another data set has come, answers about the old one are ignored and new ones asked for", async () => {
  const { store, requests, failures } = storeByHand();
  store.want([1]);
  store.clear();
  assert.equal(requests[0].signal.aborted, true);
  store.want([2]);
  assert.deepEqual(requests[1].rows, [2]);
  requests[0].answer();
  requests[1].answer();
  await settled();
  assert.deepEqual([store.find(1), store.find(2)?.[0], failures.length], [undefined, 2, 0]);
});

test("a slot is given up by the key unused for longest", () => {
  /** @type {Slots<string>} */
  const slots = new Slots(2);
  assert.deepEqual([slots.take("a"), slots.take("b"), slots.find("a"), slots.take("c")], [0, 1, 0, 1]);
  assert.deepEqual([slots.has("a"), slots.has("b"), slots.take("a")], [true, false, 0]);
});
