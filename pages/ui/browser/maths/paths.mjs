import { Explained } from "../lib/fetching.mjs";
import { clamp } from "./coordinates.mjs";

/**
 * Paths through latent points, as frames to decode one after the other. Every given point is a frame of its own; the
 * other frames are shared out between the points so that the longest step is as short as can be.
 *
 * @typedef {ArrayLike<number>} Latent (D,)
 * @typedef {object} PathOptions
 * @property {boolean} [isLoop] go back to the first point at the end, without repeating it
 * @typedef {{length: number, at: (share: number) => Float64Array}} Segment from one point to the next, share 0 to 1
 */

/** Norms and angles below this have no direction to turn about. */
const NOTHING = 1e-6;

/**
 * Straight lines from point to point, in equal steps.
 * @param {readonly Latent[]} points @param {number} frames at least one for each point @param {PathOptions} [options]
 * @returns {Float64Array[]} (frames) of (D,): first and last are the first and last point
 * Throws Explained where there are fewer frames than points.
 */
export function straightPath(points, frames, options) {
  return framesOf(planned(points, frames, options, straight));
}

/**
 * Great-circle arcs from point to point: the direction turns evenly (slerp) and the norm changes evenly, so that the
 * frames stay as far from the origin as the points are. A straight line stands in where a point is at the origin, and
 * where two directions are opposite, since no arc is the shortest there.
 * Source: Shoemake 1985 (slerp); White 2016, arXiv 1609.04468 (in latent space).
 * @param {readonly Latent[]} points @param {number} frames at least one for each point @param {PathOptions} [options]
 * @returns {Float64Array[]} (frames) of (D,): first and last are the first and last point
 * Throws Explained where there are fewer frames than points.
 */
export function sphericalPath(points, frames, options) {
  return framesOf(planned(points, frames, options, spherical));
}

/**
 * Which frame of `straightPath` each point is.
 * @param {readonly Latent[]} points @param {number} frames @param {PathOptions} [options]
 * @returns {number[]}
 */
export function stopFrames(points, frames, options) {
  const { steps } = planned(points, frames, options, straight);
  let frame = 0;
  return points.map((_, index) => (frame += index ? steps[index - 1] : 0) % frames);
}

/**
 * The z at a share of a path's frames, straight between two of them.
 * @param {readonly Latent[]} path at least one frame
 * @param {number} share 0 the first frame, 1 the last one; of a loop, the first again
 * @param {PathOptions} [options]
 * @returns {Float64Array} (D,)
 */
export function alongPath(path, share, { isLoop = false } = {}) {
  const position = clamp(share, 0, 1) * (isLoop ? path.length : path.length - 1);
  const before = Math.floor(position);
  const [from, to] = [path[before % path.length], path[(before + 1) % path.length]];
  return before === position ? Float64Array.from(from) : mixed(from, to, 1 - (position - before), position - before);
}

/** A path as decoders read it, row by row. @param {readonly Latent[]} path @returns {Float32Array} (frames · D) */
export function flattened(path) {
  const flat = new Float32Array(path.length * path[0].length);
  path.forEach((z, index) => flat.set(z, index * z.length));
  return flat;
}

/**
 * @param {readonly Latent[]} points @param {number} frames @param {PathOptions} options
 * @param {(from: Latent, to: Latent) => Segment} segmentOf
 */
function planned(points, frames, { isLoop = false } = {}, segmentOf) {
  const count = points.length;
  if (!count) throw new Explained("A path needs at least one point to go through; place one first.");
  if (frames < count) {
    throw new Explained(`A path through ${count} points needs at least ${count} frames, got ${frames}; ask for more.`);
  }
  const stops = isLoop || points.length === 1 ? [...points, points[0]] : points;
  const segments = stops.slice(1).map((to, index) => segmentOf(stops[index], to));
  const lengths = segments.map(({ length }) => length);
  return { stops, segments, steps: allottedSteps(lengths, isLoop ? frames : frames - 1), frames };
}

/** @param {ReturnType<typeof planned>} plan */
function framesOf({ stops, segments, steps, frames }) {
  /** @type {Float64Array[]} */
  const path = [Float64Array.from(stops[0])];
  segments.forEach((segment, index) => {
    for (let step = 1; step < steps[index]; step++) path.push(segment.at(step / steps[index]));
    if (steps[index]) path.push(Float64Array.from(stops[index + 1])); // exactly, whatever the segment's rounding
  });
  return path.slice(0, frames); // a loop's last frame is its first again
}

/**
 * One step for each segment, and every further one where the steps are longest.
 * @param {number[]} lengths those without length get no step, unless all are
 * @param {number} steps
 * @returns {number[]}
 */
function allottedSteps(lengths, steps) {
  const allotted = lengths.map((length) => Number(length > 0));
  for (let left = steps - allotted.reduce((sum, count) => sum + count, 0); left > 0; left--) {
    const strides = lengths.map((length, index) => (length > 0 ? length / allotted[index] : 0));
    allotted[strides.indexOf(Math.max(...strides))]++;
  }
  return allotted;
}

/** @param {Latent} from @param {Latent} to @returns {Segment} */
function straight(from, to) {
  return { length: norm(mixed(to, from, 1, -1)), at: (share) => mixed(from, to, 1 - share, share) };
}

/** @param {Latent} from @param {Latent} to @returns {Segment} */
function spherical(from, to) {
  const [start, end] = [norm(from), norm(to)];
  if (start < NOTHING || end < NOTHING) return straight(from, to);
  const [sum, difference] = [1, -1].map((sign) => norm(mixed(from, to, 1 / start, sign / end)));
  const angle = 2 * Math.atan2(difference, sum); // exact for small angles, where the arc cosine is not
  if (angle < NOTHING || Math.PI - angle < NOTHING) return straight(from, to);
  /** @param {number} share */
  const radius = (share) => (1 - share) * start + share * end;
  /** @param {number} share */
  const speed = (share) => Math.hypot(end - start, angle * radius(share));
  return {
    length: (speed(0) + 4 * speed(0.5) + speed(1)) / 6, // Simpson's rule
    at(share) {
      const scale = radius(share) / Math.sin(angle);
      const [one, other] = [Math.sin((1 - share) * angle) / start, Math.sin(share * angle) / end];
      return mixed(from, to, scale * one, scale * other);
    },
  };
}

/** @param {Latent} one @param {Latent} other @param {number} weight @param {number} otherWeight */
const mixed = (one, other, weight, otherWeight) =>
  Float64Array.from(one, (value, index) => weight * value + otherWeight * other[index]);

/** @param {Latent} vector */
const norm = (vector) => Math.hypot(...Array.from(vector));
