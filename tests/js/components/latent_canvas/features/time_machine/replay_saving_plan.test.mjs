import assert from "node:assert/strict";
import test from "node:test";
import { layScene, planFrames } from "../../../../../../pages/ui/components/latent_canvas/features/time_machine/replay_saving.mjs";

/** @import { Box } from "../../../../../../pages/ui/components/latent_canvas/features/time_machine/replay_saving.mjs" */

test("each epoch stands once in order, and points arrive in a few frames before", () => {
  const frames = planFrames(3, 600);
  assert.deepEqual(frames.filter(({ share }) => share === 1).map(({ stop }) => stop), [0, 1, 2]);
  const way = frames.filter(({ stop }) => stop === 1).map(({ share }) => share);
  assert.ok(way.length > 2 && way.every((share, at) => at === 0 || share > way[at - 1]));
  assert.equal(frames[0].share, 1, "nothing comes before the first");
});

test("an epoch with the way to it takes as long as on the screen, and the last stands longest", () => {
  const frames = planFrames(4, 600);
  const ms = [0, 1, 2, 3].map((stop) => frames.filter((each) => each.stop === stop).reduce((sum, each) => sum + each.delayMs, 0));
  assert.equal(ms[1], 600);
  assert.equal(ms[2], 600);
  assert.ok(ms[3] > 1500);
});

test("many epochs leave fewer frames between, and never more in all than a GIF may have", () => {
  for (const stops of [1, 2, 13, 64, 65, 150, 151, 400, 2000]) {
    const frames = planFrames(stops, 400);
    assert.ok(frames.length <= 150, `${stops} epochs make ${frames.length} frames`);
    assert.deepEqual([frames[0].stop, frames[frames.length - 1].stop], [0, stops - 1]);
  }
});

/** @param {Box} one @param {Box} other */
const overlap = (one, other) =>
  one.left < other.left + other.width &&
  other.left < one.left + one.width &&
  one.top < other.top + other.height &&
  other.top < one.top + one.height;

test("map, images and words never overlap and never stick out, for one to twelve handles of any shape", () => {
  /** @type {[number, number, number][]} */
  const shapes = [[1, 28, 28], [3, 64, 64], [1, 8, 16]];
  for (const shape of shapes) {
    for (let count = 1; count <= 12; count++) {
      const { width, height, map, caption, images } = layScene(count, shape);
      const boxes = [map, caption, ...images];
      assert.equal(images.length, count);
      for (const [at, box] of boxes.entries()) {
        assert.ok(box.left >= 0 && box.top >= 0 && box.left + box.width <= width && box.top + box.height <= height);
        for (const other of boxes.slice(at + 1)) assert.equal(overlap(box, other), false, `${count} of ${shape}`);
      }
      assert.ok(width <= 800 && height <= 500);
    }
  }
});

test("images keep their proportions", () => {
  const { images } = layScene(2, [1, 8, 16]);
  assert.equal(images[0].width, 2 * images[0].height);
});
