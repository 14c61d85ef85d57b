import { eased } from "../../../../browser/model/travel.mjs";
import { alongPath, straightPath } from "../../../../browser/maths/paths.mjs";

/** How a handle gets to another place by itself: so that the eye can follow, and no slower. */

const MOVE_MS = 220;
/** Along a path, in units of z a second: slow enough to watch the image change. */
const SPEED = 1.1;
const FRAMES = 120;

/** @typedef {{path: Float64Array[], ms: number}} Motion */

/**
 * @param {readonly number[]} from all D coordinates @param {readonly number[]} to
 * @param {readonly number[][]} [along] places it passes on its way, in order
 * @returns {Motion}
 */
export function motion(from, to, along = []) {
  const stops = [from, ...along, to];
  const path = straightPath(stops, Math.max(FRAMES, stops.length));
  return { path, ms: along.length ? Math.max(MOVE_MS, (1000 * lengthOf(stops)) / SPEED) : MOVE_MS };
}

/** @param {readonly (readonly number[])[]} stops */
function lengthOf(stops) {
  return stops.slice(1).reduce((sum, to, leg) => sum + Math.hypot(...to.map((value, at) => value - stops[leg][at])), 0);
}

/** Where it is after a time. @param {Motion} motion @param {number} passed ms @returns {number[]} */
export const placeAfter = ({ path, ms }, passed) => [...alongPath(path, eased(Math.min(1, Math.max(0, passed / ms))))];

/**
 * Draw at every frame of the screen until a time has passed.
 * @param {number} ms 0 to be there at once
 * @param {(passed: number) => boolean} draw whether to go on
 * @param {() => void} ended once it has run to its end
 * @returns {() => void} stops it where it is
 */
export function animate(ms, draw, ended) {
  const startedAt = performance.now();
  let frame = 0;
  const next = () => {
    const passed = ms ? performance.now() - startedAt : 0;
    const goesOn = draw(ms ? Math.min(passed, ms) : Infinity);
    if (!goesOn) return;
    if (passed < ms) frame = requestAnimationFrame(next);
    else ended();
  };
  next();
  return () => cancelAnimationFrame(frame);
}
