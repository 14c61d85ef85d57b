import { Explained } from "../lib/fetching.mjs";
import { latentName, percent } from "../lib/format.mjs";
import { placeOf, snapped } from "./laid_out.mjs";

/** @import { Point } from "../lib/types.mjs" */
/** @import { LaidOut } from "./laid_out.mjs" */

/**
 * A two-dimensional view of latent space.
 * @typedef {object} Plane
 * @property {"dims" | "pca" | "layout" | "line"} kind "line": of a latent space of one dimension, see `heights.mjs`
 * @property {Float64Array[]} basis two orthonormal directions, each (D,)
 * @property {Float64Array} origin (D,), the latent point that lies at (0, 0) of the map
 * @property {string[]} names of the axes, for example ["z₁", "z₂"] or ["PC 1 (31 %)", "PC 2 (18 %)"]
 * @property {import("./heights.mjs").Heights} [heights] of a line: what the second axis means, which is no direction of z
 * @property {LaidOut} [points] of a layout, which is no plane: its basis is 0, and places are those of its points
 */

/**
 * The plane of two latent dimensions; all others are 0 at its origin, the prior's mean.
 * @param {number} latentDim
 * @param {readonly number[]} dims two, counted from 0
 * @param {string[]} [names] of the two axes
 * @returns {Plane}
 * Throws Explained where there are no two such dimensions.
 */
export function dimensionsPlane(latentDim, [i, j], names = [latentName(i), latentName(j)]) {
  needTwoDimensions(latentDim);
  const areThere = [i, j].every((index) => Number.isInteger(index) && index >= 0 && index < latentDim);
  if (!areThere || i === j) {
    throw new Explained(
      `The map needs two different dimensions from 1 to ${latentDim}, got ${i + 1} and ${j + 1}; choose others.`,
    );
  }
  return {
    kind: "dims",
    basis: [unitVector(latentDim, i), unitVector(latentDim, j)],
    origin: new Float64Array(latentDim),
    names: [...names],
  };
}

/**
 * The plane of the first two principal components, as the server has found them; axes are named with their share of the
 * variance.
 * @param {{basis: number[][], origin: number[], shares: readonly [number, number] | null}} sent
 * @returns {Plane}
 */
export function principalPlane({ basis, origin, shares }) {
  return {
    kind: "pca",
    basis: basis.map((direction) => Float64Array.from(direction)),
    origin: Float64Array.from(origin),
    names: [0, 1].map((axis) => `PC ${axis + 1} (${percent(shares?.[axis] ?? 0)})`),
  };
}

/**
 * The same plane with its axes turned by signs and order towards those it had before, so that a plane recomputed
 * during training neither mirrors nor swaps what is seen. A name stays with its axis.
 * @param {Plane} plane
 * @param {Plane} previous of another kind or size, it is no guide, and the plane is left as it is
 * @returns {Plane}
 */
export function alignedTo(plane, previous) {
  if (plane.kind !== previous.kind || plane.origin.length !== previous.origin.length) return plane;
  const overlap = plane.basis.map((one) => previous.basis.map((other) => dot(one, other)));
  const straight = Math.abs(overlap[0][0]) + Math.abs(overlap[1][1]);
  const crossed = Math.abs(overlap[0][1]) + Math.abs(overlap[1][0]);
  const order = crossed > straight ? [1, 0] : [0, 1];
  return {
    ...plane,
    basis: order.map((from, to) => (overlap[from][to] < 0 ? negated(plane.basis[from]) : plane.basis[from])),
    names: order.map((from) => plane.names[from]),
  };
}

/**
 * Places on a plane as they are on the same plane with its axes turned by signs and order.
 * @param {{x: Float32Array, y: Float32Array}} places @param {Plane} plane @param {Plane} turned as `alignedTo` has made it
 * @returns {{x: Float32Array, y: Float32Array}}
 */
export function turnedTo({ x, y }, plane, turned) {
  const [along, across] = turned.basis.map((direction) => {
    const overlaps = plane.basis.map((other) => dot(direction, other));
    const axis = Math.abs(overlaps[0]) >= Math.abs(overlaps[1]) ? 0 : 1;
    const values = axis ? y : x;
    return overlaps[axis] < 0 ? values.map((value) => 0 - value) : values;
  });
  return { x: along, y: across };
}

/** Where a latent point lies on the map. @param {Plane} plane @param {ArrayLike<number>} z (D,) @returns {Point} */
export function project({ basis: [first, second], origin, points }, z) {
  if (points) return placeOf(points, z);
  let [x, y] = [0, 0];
  for (let index = 0; index < origin.length; index++) {
    const offset = z[index] - origin[index];
    x += first[index] * offset;
    y += second[index] * offset;
  }
  return [x, y];
}

/**
 * The latent point moved inside the plane until it projects to (x, y); what is orthogonal to the plane stays. On a
 * layout, the nearest of its points.
 * @param {Plane} plane @param {readonly number[]} point @param {ArrayLike<number>} z (D,)
 * @returns {Float64Array} (D,)
 */
export function lift(plane, [x, y], z) {
  const { kind, basis, origin, points } = plane;
  if (points) return snapped(points, [x, y], z);
  const lifted = Float64Array.from(z);
  const [i, j] = basis.map(unitDimension);
  if (i >= 0 && (j >= 0 || kind === "line")) {
    lifted[i] = origin[i] + x; // exactly what was asked for, without a sum's rounding
    if (j >= 0) lifted[j] = origin[j] + y; // a line has no second direction
    return lifted;
  }
  const [nowX, nowY] = project(plane, z);
  for (let index = 0; index < lifted.length; index++) lifted[index] += (x - nowX) * basis[0][index] + (y - nowY) * basis[1][index];
  return lifted;
}

/**
 * Where many latent points lie on the map: `project` for every row.
 * @param {Plane} plane
 * @param {ArrayLike<number>} mu (count, D), row by row
 * @param {number} count
 * @returns {{x: Float32Array, y: Float32Array}}
 */
export function projectAll({ basis, origin }, mu, count) {
  const [x, y] = basis.map((direction) => {
    const index = unitDimension(direction);
    return index >= 0 ? column(mu, count, index, origin) : inDirection(mu, count, direction, origin);
  });
  return { x, y };
}

/** @param {ArrayLike<number>} mu @param {number} count @param {number} dimension @param {Float64Array} origin */
function column(mu, count, dimension, origin) {
  const values = new Float32Array(count);
  for (let row = 0, index = dimension; row < count; row++, index += origin.length) values[row] = mu[index] - origin[dimension];
  return values;
}

/** @param {ArrayLike<number>} mu @param {number} count @param {Float64Array} direction @param {Float64Array} origin */
function inDirection(mu, count, direction, origin) {
  const values = new Float32Array(count);
  for (let row = 0, from = 0; row < count; row++, from += origin.length) {
    let sum = 0;
    for (let index = 0; index < origin.length; index++) sum += direction[index] * (mu[from + index] - origin[index]);
    values[row] = sum;
  }
  return values;
}

/** What the coordinates of a place on the map are called: those of its axes that are directions of z. @param {Plane} plane */
export const coordinateNames = ({ kind, names }) => (kind === "line" ? names.slice(0, 1) : names);

/** Which dimension a direction is, or −1 if it is none. @param {Float64Array} direction @returns {number} */
function unitDimension(direction) {
  const index = direction.indexOf(1);
  return direction.every((value, other) => value === 0 || other === index) ? index : -1;
}

/** @param {Float64Array} vector */
const negated = (vector) => vector.map((value) => 0 - value);

/** @param {Float64Array} one @param {Float64Array} other */
const dot = (one, other) => one.reduce((sum, value, index) => sum + value * other[index], 0);

/** @param {number} latentDim @param {number} dimension */
function unitVector(latentDim, dimension) {
  const vector = new Float64Array(latentDim);
  vector[dimension] = 1;
  return vector;
}

/** @param {number} latentDim */
function needTwoDimensions(latentDim) {
  if (latentDim >= 2) return;
  throw new Explained(
    `A map needs at least two latent dimensions, and this model has ${latentDim}; open a run with two or more.`,
  );
}
