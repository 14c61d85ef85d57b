import { toPixels } from "../../../../browser/maths/coordinates.mjs";
import { LARGEST_BATCH, latticePoints, latticeSize, lifted } from "../../../../browser/map/layers/lattice.mjs";
import { inSlices } from "../../../../browser/map/slices.mjs";

/** @import { View } from "../../../../browser/maths/coordinates.mjs" */
/** @import { Plane } from "../../../../browser/model/plane.mjs" */
/** @import { DecodeBatch } from "../../../../browser/maths/pullback.mjs" */
/** @import { Box } from "./replay_plan.mjs" */

/**
 * The lattice behind the points of a replay: the same places in all its frames, decoded anew for each epoch.
 * @param {View} view of the map, in pixels of the replay
 * @param {Plane} plane @param {ArrayLike<number>} z (D,), what the plane does not show
 * @param {readonly [number, number, number]} shape (C, H, W) of an image
 */
export function replayedLattice(view, plane, z, [, height, width]) {
  const { points, half, levels } = latticePoints(view, latticeSize(view), "linear");
  const perUnit = view.width / (view.x[1] - view.x[0]);
  const larger = Math.max(height, width);
  /** @type {Box[]} */
  const boxes = points.map((point) => {
    const [x, y] = toPixels(view, [point.x, point.y]);
    const side = 2 * half(point, levels) * perUnit;
    const [w, h] = [(side * width) / larger, (side * height) / larger];
    return { left: x - w / 2, top: y - h / 2, width: w, height: h };
  });
  /** @param {DecodeBatch} decodeBatch of an epoch */
  return async (decodeBatch) => {
    /** @type {{box: Box, image: Float32Array}[]} */
    const decoded = [];
    const work = async (/** @type {typeof points} */ batch) => {
      const images = await decodeBatch(lifted(batch, plane, z), batch.length);
      const length = images.length / batch.length;
      batch.forEach((_, at) =>
        decoded.push({ box: boxes[decoded.length], image: images.slice(at * length, (at + 1) * length) }),
      );
    };
    await inSlices(points, work, { most: LARGEST_BATCH });
    return decoded;
  };
}
