import { decimal, latentName } from "../lib/format.mjs";
import { extentOf, halfWidthFor, HOME_FLOOR } from "../maths/coordinates.mjs";
import { dimensionsPlane } from "./plane.mjs";

/** @import { HeightKind, HeightsChoice } from "../lib/contract.mjs" */
/** @import { Point } from "../lib/types.mjs" */
/** @import { Plane } from "./plane.mjs" */
/** @import { Posteriors } from "./embedding.mjs" */

/**
 * A map of one latent dimension has one axis of z. How high its points stand beside it says something else: how many lie
 * there, of which class they are, or a number that is known of each image.
 */

/**
 * @typedef {object} Heights what a height on the map means; one unit of the map is one unit of z, both ways
 * @property {HeightKind} kind
 * @property {string} name of the axis: "images per 0.1", "class", or the column's
 * @property {number} unit how many images, rows of classes or units of the column are as high as one unit of z
 * @property {number} from the value at height 0
 * @property {number} bin width in units of z in which points are stacked; 0 where they are not
 * @property {number} step between two stacked points, in units of z
 * @property {readonly string[]} classes
 * @property {Float32Array | null} column by image number
 *
 * @typedef {Pick<Posteriors, "count" | "mu" | "labels" | "index">} Line posteriors of one dimension: mu is (count,)
 */

/** How high points may stand, as a share of half the map's width: nearly to its upper edge. */
const ROOM = 0.9 * (2 - HOME_FLOOR);
/** Bins over the map's width. */
const BINS = 80;
/** A class's row begins at this share of its height and is filled up to the other, so that rows stay apart. */
const [ROW_FROM, ROW_TO] = [0.25, 0.85];
/** Rows' heights that stay free for the handles. */
const ROWS_BELOW = 0.5;
/** Values of a column lie between these shares of the room. */
const LOWEST = 0.1;
/** Ticks of an axis, about. */
const TICKS = 7;

/** Where the points of a map of one dimension lie, all at height 0 until there are any. */
const NO_POINTS = { count: 0, mu: new Float32Array(), labels: new Uint8Array(), index: new Int32Array() };

/**
 * What heights mean for these points, so that the highest of them just fits on the map.
 * @param {HeightsChoice} choice @param {readonly string[]} classes [] where there are none
 * @param {Line} [line] @param {Float32Array | null} [column] null where it is not here yet
 * @returns {Heights}
 */
export function heightsFor({ kind, name }, classes, line = NO_POINTS, column = null) {
  const half = halfWidthFor(extentOf(line.mu, line.mu, 0.99));
  const common = { classes, column, bin: (2 * half) / BINS };
  if (kind === "class" && classes.length) return { ...common, ...rowsOfClasses(line, common.bin, half, classes.length) };
  if (kind === "column") return { ...common, bin: 0, ...scaleOf(valuesOf(line, column), half, name) };
  const unit = steady(tallest(line, common.bin, () => 0) / (ROOM * half));
  const perBin = `images per ${decimal(common.bin, digitsOf(common.bin))}`;
  return { ...common, kind: "count", name: perBin, unit, from: 0, step: 1 / unit };
}

/**
 * The map of one latent dimension: z to the right, heights upwards. Handles stay at height 0.
 * @param {Heights} heights @returns {Plane}
 */
export function linePlane(heights) {
  const basis = [Float64Array.of(1), Float64Array.of(0)];
  return { kind: "line", basis, origin: new Float64Array(1), names: [latentName(0), heights.name], heights };
}

/**
 * What a map shows before there are points: its dimension, or its first two.
 * @param {{latentDim: number, dims: readonly number[], heights: HeightsChoice | null, classes: readonly string[]}} data
 */
export const startingPlane = ({ latentDim, dims, heights, classes }) =>
  heights ? linePlane(heightsFor(heights, classes)) : dimensionsPlane(latentDim, dims);

/** @param {Line} line @param {number} bin @param {number} half @param {number} count of classes */
function rowsOfClasses(line, bin, half, count) {
  const row = (ROOM * half) / (count + ROWS_BELOW);
  const most = Math.max(1, tallest(line, bin, (label) => label));
  const step = ((ROW_TO - ROW_FROM) * row) / most;
  return { kind: /** @type {const} */ ("class"), name: "class", unit: 1 / row, from: -ROW_FROM - ROWS_BELOW, step };
}

/** @param {ArrayLike<number>} values @param {number} half @param {string} name */
function scaleOf(values, half, name) {
  const finite = Array.from(values).filter(Number.isFinite);
  const low = finite.reduce((least, value) => Math.min(least, value), finite[0] ?? 0);
  const high = finite.reduce((most, value) => Math.max(most, value), low);
  const unit = (high - low || 1) / ((1 - LOWEST) * ROOM * half);
  return { kind: /** @type {const} */ ("column"), name, unit, from: low - LOWEST * ROOM * half * unit, step: 0 };
}

/** @param {Line} line @param {Float32Array | null} column @returns {Float32Array} by row; NaN where it is not known */
const valuesOf = ({ index }, column) => Float32Array.from(index, (image) => column?.[image] ?? NaN);

/** How many points the fullest bin holds. @param {Line} line @param {number} bin @param {(label: number) => number} pileOf */
function tallest(line, bin, pileOf) {
  let most = 0;
  for (const rows of piles(line, bin, pileOf).values()) most = Math.max(most, rows.length);
  return most;
}

/**
 * Rows by the bin they fall into, and where they are kept apart, by class; in a bin one class lies on the other.
 * @param {Line} line @param {number} bin @param {(label: number) => number} pileOf
 */
function piles({ count, mu, labels }, bin, pileOf) {
  /** @type {Map<string, number[]>} */
  const all = new Map();
  for (let row = 0; row < count; row++) {
    const key = `${Math.floor(mu[row] / bin)},${pileOf(labels[row])}`;
    const pile = all.get(key);
    if (pile) pile.push(row);
    else all.set(key, [row]);
  }
  for (const rows of all.values()) rows.sort((one, other) => labels[one] - labels[other] || one - other);
  return all;
}

/** How high each point stands, in units of z. @param {Heights} heights @param {Line} line @returns {Float32Array} (count,) */
export function heightsOf({ kind, unit, from, bin, step, column }, line) {
  if (kind === "column") return valuesOf(line, column).map((value) => (value - from) / unit);
  const isByClass = kind === "class";
  const heights = new Float32Array(line.count);
  for (const rows of piles(line, bin, (label) => (isByClass ? label : 0)).values()) {
    rows.forEach((row, rank) => {
      const bottom = isByClass ? (line.labels[row] - from) / unit : 0;
      heights[row] = bottom + (rank + 0.5) * step;
    });
  }
  return heights;
}

/** What a height says of each point, for its hover; "" where its class says it all. @param {Heights} heights @param {Line} line @returns {string[]} by row */
export function heightTexts({ kind, name, bin, column }, line) {
  if (kind === "class") return new Array(line.count).fill("");
  if (kind === "column") return Array.from(valuesOf(line, column), (value) => `${name} ${decimal(value, 2)}`);
  const texts = new Array(line.count).fill("");
  for (const rows of piles(line, bin, () => 0).values()) for (const row of rows) texts[row] = `${rows.length} ${name}`;
  return texts;
}

/**
 * The second axis: where on the map a tick is, and what it says.
 * @param {Heights} heights @param {Point} range of the map @returns {{values: number[], texts: string[]}}
 */
export function heightTicks({ kind, unit, from, classes }, [low, high]) {
  if (kind === "class") {
    const middle = (ROW_FROM + ROW_TO) / 2 - ROW_FROM;
    return { values: classes.map((_, label) => (label + middle - from) / unit), texts: [...classes] };
  }
  const [first, last] = [low, high].map((height) => from + height * unit);
  const least = kind === "count" ? 1 : 0; // there are no halves of images
  const step = Math.max(least, niceAbove((last - first) / TICKS));
  const start = Math.max(kind === "count" ? 0 : -Infinity, Math.ceil(first / step));
  const values = Array.from({ length: Math.max(0, Math.floor(last / step) - start + 1) }, (_, tick) => (start + tick) * step);
  return { values: values.map((value) => (value - from) / unit), texts: values.map((value) => decimal(value, digitsOf(step))) };
}

const NICE = [1, 2, 5, 10];

/** The next of 1, 2, 5, 10, 20 … 1 for nothing. @param {number} value */
function niceAbove(value) {
  if (!(value > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return (NICE.find((each) => each * power >= value * (1 - 1e-9)) ?? 10) * power;
}

/** The next power of 1.25, so that a map in training does not change its scale with every few images; 1 for nothing. @param {number} value */
const steady = (value) => (value > 0 ? 1.25 ** Math.ceil(Math.log(value) / Math.log(1.25)) : 1);

/** Decimals that a step needs. @param {number} step */
const digitsOf = (step) => Math.min(6, Math.max(0, -Math.floor(Math.log10(step) + 1e-9)));
