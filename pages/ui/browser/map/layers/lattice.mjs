import { clamp } from "../../maths/coordinates.mjs";
import { normalQuantile } from "../../maths/gaussian.mjs";
import { lift } from "../../model/plane.mjs";

/** @import { Point } from "../../lib/types.mjs" */
/** @import { View } from "../../maths/coordinates.mjs" */
/** @import { Plane } from "../../model/plane.mjs" */

/** Cells are from here to twice as wide, in CSS pixels. */
const SMALLEST_CELL_PX = 28;
/** Images a side. */
const FEWEST = 5;
const MOST = 30;

/** Images decoded at once; the runtime's memory grows with the largest batch and does not shrink again. */
export const LARGEST_BATCH = 64;

/** Intervals of probability at first: five places lie between them. */
const INTERVALS = 6;
/** Beyond this many halvings, a probability has no digits left to tell places apart. */
const MOST_HALVINGS = 30;

/** Panning changes the extent of a view in its last digit: no reason to change the cells. */
const ROUNDING = 1e-6;

/** @typedef {"prior" | "linear"} Spacing */

/**
 * A place of the lattice.
 * @typedef {object} LatticePoint
 * @property {number} x on the map
 * @property {number} y
 * @property {number} column index along the x axis, the same wherever the view is
 * @property {number} row
 * @property {number} level 0 for the coarse lattice that comes first, one more for each refinement
 *
 * @typedef {object} Lattice
 * @property {LatticePoint[]} points coarse to fine, and the middle of the view first
 * @property {number} levels the finest level
 * @property {(point: LatticePoint, level: number) => number} half half the side of the square, in latent units, that an
 *   image may fill without touching its neighbours of that level
 *
 * Places along one axis: those with an index `from` … `to` fall into the view.
 * @typedef {{from: number, to: number, place: (index: number) => number}} Axis
 */

/**
 * How many images a side: cells are as wide as a power of two in latent units, so that they grow as one comes closer
 * and are divided before they get too large.
 * @param {View} view @returns {number} 5 to 30
 */
export function latticeSize({ x: [low, high], width }) {
  const cell = 2 ** Math.ceil(Math.log2((SMALLEST_CELL_PX * (high - low)) / width) - ROUNDING);
  return clamp(Math.round((high - low) / cell), FEWEST, MOST);
}

/**
 * The places whose images fill the view. They do not move with the view, and closer ones hold all those that were seen
 * from further away.
 *
 * "prior": the standard normal's quantiles at evenly spaced probabilities. "linear": multiples of the cell, of which
 * those half outside are there, too, so that nothing stays bare at the edge.
 * @param {View} view @param {number} size images a side, to the nearest power of two
 * @param {Spacing} spacing @param {boolean} [isRow] of a line: one row of images below it @returns {Lattice}
 */
export function latticePoints(view, size, spacing, isRow = false) {
  const cell = (view.x[1] - view.x[0]) / size;
  const axisOf = spacing === "prior" ? priorAxis : linearAxis;
  const columns = axisOf(view.x, cell);
  const rows = isRow ? rowBelow(columns) : axisOf(view.y, cell);
  const fewest = (isRow ? columns.to - columns.from : Math.min(columns.to - columns.from, rows.to - rows.from)) + 1;
  const levels = Math.max(0, Math.floor(Math.log2(Math.max(1, fewest) / FEWEST)));
  /** @type {LatticePoint[]} */
  const points = [];
  for (let row = rows.from; row <= rows.to; row++) {
    for (let column = columns.from; column <= columns.to; column++) {
      const level = Math.max(levelOf(column, levels), isRow ? 0 : levelOf(row, levels));
      points.push({ x: columns.place(column), y: rows.place(row), column, row, level });
    }
  }
  return {
    points: inOrder(points, view),
    levels,
    half: ({ column, row }, level) => {
      const stride = 2 ** (levels - level);
      return Math.min(halfGap(columns, column, stride), isRow ? Infinity : halfGap(rows, row, stride));
    },
  };
}

/**
 * Where these places of a plane lie in latent space.
 * @param {readonly LatticePoint[]} points @param {Plane} plane @param {ArrayLike<number>} z (D,), what the plane does not show
 * @returns {Float32Array} (points, D), row by row
 */
export function lifted(points, plane, z) {
  const zs = new Float32Array(points.length * z.length);
  points.forEach(({ x, y }, index) => zs.set(lift(plane, [x, y], z), index * z.length));
  return zs;
}

/** The one place along the second axis whose images, as large as the finest, hang below height 0. @param {Axis} columns @returns {Axis} */
function rowBelow({ from, place }) {
  const below = -(place(from + 1) - place(from)) / 2;
  return { from: 0, to: 0, place: () => below };
}

/** @param {Point} range @param {number} wanted distance between places, about @returns {Axis} */
function linearAxis([low, high], wanted) {
  const cell = 2 ** Math.round(Math.log2(wanted));
  return { from: Math.ceil(low / cell - 0.5), to: Math.floor(high / cell + 0.5), place: (index) => index * cell };
}

/** @param {Point} range @param {number} wanted distance between places where they are densest @returns {Axis} */
function priorAxis([low, high], wanted) {
  const densest = clamp(0, low, high);
  const density = Math.exp(-0.5 * densest * densest) / Math.sqrt(2 * Math.PI);
  const halvings = clamp(Math.round(Math.log2(1 / (wanted * density * INTERVALS))), 0, MOST_HALVINGS);
  const count = INTERVALS * 2 ** halvings;
  const place = (/** @type {number} */ index) => normalQuantile(clamp(index / count, 0, 1));
  const from = firstIndex(count, (index) => place(index) >= low);
  const to = firstIndex(count, (index) => place(index) > high) - 1;
  return { from, to: Math.min(to, from + 2 * MOST), place };
}

/**
 * The first of 1 … count − 1 that passes, by bisection; count if none does.
 * @param {number} count @param {(index: number) => boolean} passes
 */
function firstIndex(count, passes) {
  let [low, high] = [1, count];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (passes(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** @param {number} index @param {number} levels */
function levelOf(index, levels) {
  let level = levels;
  for (let stride = 2; level > 0 && index % stride === 0; stride *= 2) level--;
  return level;
}

/** @param {Axis} axis @param {number} index @param {number} stride */
function halfGap({ place }, index, stride) {
  const here = place(index);
  return Math.min(here - place(index - stride), place(index + stride) - here) / 2;
}

/** @param {LatticePoint[]} points @param {View} view */
function inOrder(points, { x, y }) {
  const [middleX, middleY] = [(x[0] + x[1]) / 2, (y[0] + y[1]) / 2];
  const away = (/** @type {LatticePoint} */ point) => Math.hypot(point.x - middleX, point.y - middleY);
  return points.sort((a, b) => a.level - b.level || away(a) - away(b));
}

/**
 * At which level to draw each image while others are still missing: as large as on the coarse lattice until every finer
 * neighbour is here to fill the room that it would leave.
 * @param {Lattice} lattice @param {(point: LatticePoint) => boolean} isHere
 * @returns {{point: LatticePoint, level: number}[]} those that are here, the coarsest first, to be drawn in this order
 */
export function drawingOrder({ points, levels }, isHere) {
  /** @type {Map<string, boolean>} */
  const here = new Map(points.map((point) => [`${point.column},${point.row}`, isHere(point)]));
  /** @param {LatticePoint} point @param {number} level */
  const isFilled = ({ column, row }, level) => {
    const stride = 2 ** (levels - level);
    return AROUND.every(([dx, dy]) => here.get(`${column + dx * stride},${row + dy * stride}`) ?? true);
  };
  const drawn = [];
  for (const point of points) {
    if (!here.get(`${point.column},${point.row}`)) continue;
    let level = point.level;
    while (level < levels && isFilled(point, level + 1)) level++;
    drawn.push({ point, level });
  }
  return drawn.sort((a, b) => a.level - b.level);
}

const AROUND = [-1, 0, 1].flatMap((dy) => [-1, 0, 1].map((dx) => [dx, dy])).filter(([dx, dy]) => dx || dy);

/**
 * Whether a place on the map means about the same on two planes, so that what was drawn for the one may stay until that
 * of the other is here: principal components follow the training, other dimensions are another picture.
 * @param {Plane | undefined} one @param {Plane | undefined} other @returns {boolean}
 */
export function sharesAxes(one, other) {
  if (!one || !other || one.kind !== other.kind) return false;
  if (one.kind === "line") return true; // whatever its heights mean
  return one.kind !== "dims" || one.names.join() === other.names.join();
}

/** A name for a place, the same in every view. @param {{x: number, y: number}} point @returns {string} */
export const placeKey = ({ x, y }) => `${Math.round(x * 1e8) + 0},${Math.round(y * 1e8) + 0}`;
