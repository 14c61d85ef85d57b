import assert from "node:assert/strict";
import test from "node:test";
import { homeView, scaledRanges } from "../../../../pages/ui/browser/maths/coordinates.mjs";
import { Layer } from "../../../../pages/ui/browser/map/layer.mjs";

const SIZE = /** @type {[number, number]} */ ([652, 652]);
const home = homeView(...SIZE, 4);

/** A layer on a screen with two pixels to a CSS pixel, what it does, and the means to let a frame pass. */
function layerByHand() {
  /** @type {unknown[][]} */
  const done = [];
  /** @type {(() => void)[]} */
  let frames = [];
  Object.assign(globalThis, {
    window: { devicePixelRatio: 2 },
    requestAnimationFrame: (/** @type {() => void} */ draw) => frames.push(draw),
    cancelAnimationFrame: () => (frames = []),
  });
  const note = (/** @type {string} */ what) => (/** @type {unknown[]} */ ...given) => void done.push([what, ...given]);
  const names = ["clearRect", "save", "beginPath", "rect", "clip", "restore"];
  const context = Object.fromEntries(names.map((name) => [name, note(name)]));
  const canvas = Object.assign(new EventTarget(), { width: 0, height: 0, getContext: () => context, remove: note("remove") });
  class Painted extends Layer {
    /** @param {unknown} _context @param {import("../../../../pages/ui/browser/maths/coordinates.mjs").View} view @param {number} ratio */
    paint(_context, view, ratio) {
      done.push(["paint", view.width, ratio]);
    }
  }
  const layer = new Painted(/** @type {any} */ (canvas));
  const pass = () => frames.splice(0).forEach((draw) => draw());
  return { layer, canvas, pass, done, kinds: () => done.splice(0).map(([what]) => what) };
}

test("a layer is drawn once a frame, however often that is asked for", () => {
  const { layer, pass, kinds } = layerByHand();
  layer.setView(home, SIZE);
  for (let again = 0; again < 5; again++) layer.draw();
  pass();
  assert.deepEqual(kinds().filter((what) => what === "paint"), ["paint"]);
  pass();
  assert.deepEqual(kinds(), []);
});

test("a surface that was lost is painted again by itself, once it is back", () => {
  const { layer, canvas, pass, kinds } = layerByHand();
  layer.setView(home, SIZE);
  pass();
  kinds();
  canvas.dispatchEvent(new Event("contextrestored"));
  pass();
  assert.deepEqual(kinds().filter((what) => what === "paint"), ["paint"]);
});

test("it paints on a cleared canvas, inside the plot area alone, in the screen's own pixels", () => {
  const { layer, canvas, pass, done } = layerByHand();
  layer.setView(home, SIZE);
  pass();
  assert.deepEqual([canvas.width, canvas.height], [1304, 1304]);
  assert.deepEqual(done.map(([what]) => what), ["clearRect", "save", "beginPath", "rect", "clip", "paint", "restore"]);
  assert.deepEqual(done[3], ["rect", 2 * home.left, 2 * home.top, 2 * home.width, 2 * home.height]);
  assert.deepEqual(done[5], ["paint", 2 * home.width, 2]);
});

test("looking at the same again draws nothing, and at something else draws it", () => {
  const { layer, pass, kinds } = layerByHand();
  layer.setView(home, SIZE);
  pass();
  kinds();
  layer.setView({ ...home }, SIZE);
  pass();
  assert.deepEqual(kinds(), []);
  layer.setView({ ...home, ...scaledRanges(home, 0.5) }, SIZE);
  pass();
  assert.ok(kinds().includes("paint"));
});

test("without a view there is nothing to draw, and none after it was taken down", () => {
  const { layer, pass, kinds } = layerByHand();
  layer.draw();
  pass();
  assert.deepEqual(kinds(), []);
  layer.setView(home, SIZE);
  layer.destroy();
  pass();
  assert.deepEqual(kinds(), ["remove"]);
});
