import assert from "node:assert/strict";
import test from "node:test";
import { homeView, toPixels } from "../../../../pages/ui/browser/maths/coordinates.mjs";
import { countInView, PointsCanvas } from "../../../../pages/ui/browser/map/points.mjs";

/** @import { Embedding } from "../../../../pages/ui/browser/model/embedding.mjs" */

const SIZE = /** @type {[number, number]} */ ([652, 652]);
const HOME = homeView(...SIZE, 4); // 600 by 600 pixels, 75 to a unit

/** The same numbers every time. @param {number} seed */
function random(seed) {
  let state = seed;
  return () => (state = (state * 48271) % 2147483647) / 2147483647;
}

/** Points of ten classes, anywhere on the map. @param {number} count @returns {Embedding} */
function cloud(count) {
  const next = random(3);
  const between = () => Float32Array.from({ length: count }, () => 8 * next() - 4);
  const labels = Uint8Array.from({ length: count }, () => Math.floor(10 * next()));
  return /** @type {any} */ ({ count, x: between(), y: between(), labels, index: Int32Array.from(labels.keys()), split: "held-out" });
}

/** The canvas, what it has put on the screen, and a clock to let frames pass by. @param {Embedding} embedding */
function pointsCanvas(embedding) {
  /** @type {(() => void)[]} */
  let frames = [];
  /** @type {{width: number, height: number}[]} */
  const pictures = [];
  Object.assign(globalThis, {
    window: { devicePixelRatio: 1 },
    requestAnimationFrame: (/** @type {() => void} */ draw) => frames.push(draw),
    cancelAnimationFrame: () => (frames = []),
    ImageData: class {
      constructor(/** @type {unknown} */ _pixels, /** @type {number} */ width, /** @type {number} */ height) {
        Object.assign(this, { width, height });
      }
    },
  });
  const nothing = () => {};
  const context = { clearRect: nothing, save: nothing, beginPath: nothing, rect: nothing, clip: nothing, restore: nothing,
    putImageData: (/** @type {any} */ picture) => pictures.push(picture) };
  /** @type {Set<string>} */
  const said = new Set();
  const toggleAttribute = (/** @type {string} */ name, /** @type {boolean} */ isOn) => (isOn ? said.add(name) : said.delete(name));
  const canvas = Object.assign(new EventTarget(), { width: 0, height: 0, getContext: () => Object.assign(context, { canvas }), remove: nothing, toggleAttribute });
  const points = new PointsCanvas(/** @type {any} */ (canvas));
  const clock = { time: 0 };
  points.travel.now = () => clock.time;
  points.setView(HOME, SIZE);
  points.dress({ colors: Array.from({ length: 10 }, () => "#123456"), symbols: ["circle"] });
  void points.show(embedding, null);
  const pass = (/** @type {number} */ ms) => ((clock.time += ms), frames.splice(0).forEach((draw) => draw()));
  pass(0);
  return { points, pictures, pass, said };
}

/** @param {Embedding} embedding @param {readonly number[]} pixels @param {number} radius @param {(label: number) => boolean} isShown */
function byLookingAtAll({ x, y, labels, count }, pixels, radius, isShown) {
  let [nearest, least] = [-1, radius];
  for (let row = 0; row < count; row++) {
    const [px, py] = toPixels(HOME, [x[row], y[row]]);
    const distance = Math.hypot(px - pixels[0], py - pixels[1]);
    if (isShown(labels[row]) && distance <= least) [nearest, least] = [row, distance];
  }
  return nearest;
}

for (const count of [3000, 250_000]) {
  test(`of ${count} points the nearest is found, hidden ones and those too far away left out`, () => {
    const embedding = cloud(count);
    const { points } = pointsCanvas(embedding);
    const next = random(9);
    for (const isShown of [() => true, (/** @type {number} */ label) => label === 7]) {
      points.filter(isShown);
      for (let turn = 0; turn < 30; turn++) {
        const [pixels, radius] = [[44 + 600 * next(), 8 + 600 * next()], turn % 2 ? 8 : 1];
        const wanted = byLookingAtAll(embedding, pixels, radius, isShown);
        assert.equal(points.nearest(pixels, radius)?.row ?? -1, wanted);
      }
    }
  });
}

test("a point that was found says where it is drawn", () => {
  const { points } = pointsCanvas(/** @type {any} */ ({ ...cloud(1), x: Float32Array.of(2), y: Float32Array.of(-1) }));
  assert.deepEqual(points.nearest([495, 384], 8)?.pixels, [494, 383]);
});

test("points on their way have no nearest, say that they travel, and are found once they are there", () => {
  const embedding = cloud(500);
  const { points, pass, said, pictures } = pointsCanvas(embedding);
  assert.deepEqual([...said], []);
  void points.show({ ...embedding, x: embedding.y, y: embedding.x }, embedding);
  pass(100);
  assert.deepEqual([...said], ["data-travelling"]);
  assert.equal(points.nearest([344, 308], 300), null);
  pass(500);
  assert.deepEqual([...said], []);
  assert.ok(points.nearest([344, 308], 300));
  assert.deepEqual([pictures.at(-1)?.width, pictures.at(-1)?.height], [600, 600]);
});

test("how many points a view shows is told to a few in a hundred, of a few or of very many", () => {
  for (const count of [1000, 400_000]) {
    const { x, y } = cloud(count);
    assert.ok(Math.abs(countInView({ x, y }, { x: [-4, 4], y: [0, 4] }) / count - 0.5) < 0.04);
    assert.equal(countInView({ x, y }, { x: [5, 6], y: [5, 6] }), 0);
  }
});
