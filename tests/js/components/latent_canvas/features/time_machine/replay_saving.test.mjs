import assert from "node:assert/strict";
import test from "node:test";
import { toPixels } from "../../../../../../pages/ui/browser/maths/coordinates.mjs";
import { dimensionsPlane } from "../../../../../../pages/ui/browser/model/plane.mjs";
import { replayedLattice } from "../../../../../../pages/ui/components/latent_canvas/features/time_machine/replay_saving.mjs";

/** @type {import("../../../../../../pages/ui/browser/maths/coordinates.mjs").View} */
const VIEW = { left: 12, top: 12, width: 440, height: 440, x: [-4, 4], y: [-4, 4] };
const HANDLE = [9, 9, 0.5];
const PLANE = dimensionsPlane(3, [0, 1]);

/** Decodes a place to four pixels that tell it, in one buffer for all calls, as the runtime does. */
function decoding() {
  const buffer = new Float32Array(4 * 64);
  /** @type {number[]} */
  const batches = [];
  const decodeBatch = async (/** @type {Float32Array} */ zs, /** @type {number} */ count) => {
    batches.push(count);
    for (let at = 0; at < count; at++) buffer.set([zs[3 * at], zs[3 * at + 1], zs[3 * at + 2], 1], 4 * at);
    return buffer.subarray(0, 4 * count);
  };
  return { decodeBatch, batches };
}

test("each box of a replay's lattice holds what its place decodes to, with the handle's other coordinates", async () => {
  const lattice = replayedLattice(VIEW, PLANE, HANDLE, [1, 2, 2]);
  const { decodeBatch, batches } = decoding();
  const decoded = await lattice(decodeBatch);
  assert.equal(new Set(decoded.map(({ image: [x, y] }) => `${x},${y}`)).size, decoded.length);
  decoded.forEach(({ box: { left, top, width, height }, image }) => {
    const [x, y, rest, one] = image;
    const [px, py] = toPixels(VIEW, [x, y]);
    assert.ok(Math.hypot(left + width / 2 - px, top + height / 2 - py) < 1e-3);
    assert.deepEqual([rest, one], [0.5, 1]);
  });
  assert.ok(Math.max(...batches) <= 64);
});

test("its images cover the map without gaps or overlaps, and keep their proportions", async () => {
  for (const shape of /** @type {[number, number, number][]} */ ([[1, 8, 8], [3, 8, 4]])) {
    const boxes = (await replayedLattice(VIEW, PLANE, HANDLE, shape)(decoding().decodeBatch)).map(({ box }) => box);
    const squares = boxes.map(({ left, top, width, height }) => {
      assert.ok(Math.abs(width / height - shape[2] / shape[1]) < 1e-9);
      const side = Math.max(width, height);
      return [Math.round(left + width / 2 - side / 2), Math.round(top + height / 2 - side / 2), Math.round(side)];
    });
    const covered = new Set(squares.map(([left, top]) => `${left},${top}`));
    assert.equal(covered.size, boxes.length);
    assert.ok(Math.min(...squares.map(([left]) => left)) <= VIEW.left);
    assert.ok(Math.max(...squares.map(([left, , side]) => left + side)) >= VIEW.left + VIEW.width);
    const side = squares[0][2];
    assert.ok(boxes.length * side ** 2 >= VIEW.width * VIEW.height);
  }
});
