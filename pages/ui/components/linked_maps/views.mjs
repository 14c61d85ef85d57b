/** @import { Point } from "../../browser/lib/types.mjs" */

/** Maps whose points need at most so many times another's width share one view: the same z at the same pixel. */
const MOST_APART = 2;

/**
 * How far each map reaches before anyone zooms. Under one z all maps show the same, unless one model's codes lie so far
 * out that the others would shrink to a spot; the same image lies elsewhere on each map, so each keeps its own width.
 * @param {readonly number[]} halves of the maps' widths, as their points need @param {boolean} isSameZ
 * @returns {number[]}
 */
export function homeHalves(halves, isSameZ) {
  const widest = Math.max(...halves);
  const isAlike = widest <= MOST_APART * Math.min(...halves);
  return isSameZ && isAlike ? halves.map(() => widest) : [...halves];
}

/**
 * What another map shows when one has been zoomed or moved: as close, around the cursor's place on it.
 * @param {{x: Point, y: Point}} view of the map that leads
 * @param {{place: Point, half: number}} from the cursor on it, and its width when not zoomed
 * @param {{place: Point, half: number}} to the same of the other
 * @returns {{x: Point, y: Point}}
 */
export function followedRanges(view, from, to) {
  const scale = to.half / from.half;
  /** @param {Point} range @param {number} axis @returns {Point} */
  const follow = ([low, high], axis) => [
    to.place[axis] + (low - from.place[axis]) * scale,
    to.place[axis] + (high - from.place[axis]) * scale,
  ];
  return { x: follow(view.x, 0), y: follow(view.y, 1) };
}
