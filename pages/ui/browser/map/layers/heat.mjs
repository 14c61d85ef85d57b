import { levelsHolding } from "../../maths/patches.mjs";
import { contourAt } from "../../maths/contours.mjs";
import { addDensity, emptyField } from "./regions.mjs";

/** @import { Point } from "../../lib/types.mjs" */
/** @import { Patches } from "../../maths/patches.mjs" */
/** @import { Field } from "./regions.mjs" */

/** A probability over the map as it is drawn: light where it is, outlines around half of it and 95 % of it. Pure. */

/** What the outlines hold. */
export const HELD = /** @type {const} */ ([0.5, 0.95]);
/** Red, green, blue of the light, on a light ground and on a dark one. */
const GLOW = { light: [245, 158, 11], dark: [252, 211, 77] };
const MOST_GLOW = 120;
/** Cells a side, of a probability that is finer in places than its lattice. */
const FINE_CELLS = 256;
const LINE_CELLS = 256;
const DRAWN_CELLS = 96;
/** No kernel around a draw is narrower, in units of z: of few draws on one spot something is to be seen. */
const LEAST_KERNEL = 0.05;

/**
 * Mass by cell of what is known in patches.
 * @param {Patches} patches @param {ArrayLike<number>} shares @param {number} reach of the lattice, half its width
 * @param {number} columns of the lattice, before any patch was divided
 * @returns {Field} row by row, the topmost first; of a line all rows are the same
 */
export function fieldOf(patches, shares, reach, columns) {
  const isFine = patches.x.length > columns * (patches.isLine ? 1 : columns);
  const cells = patches.isLine ? LINE_CELLS : isFine ? columns * Math.max(1, Math.round(FINE_CELLS / columns)) : columns;
  const field = emptyField({ x: [-reach, reach], y: [-reach, reach] }, cells);
  const unit = cells / (2 * reach);
  for (let patch = 0; patch < shares.length; patch++) {
    const [left, right] = cellsOf((patches.x[patch] - patches.width[patch] / 2 + reach) * unit, patches.width[patch] * unit, cells);
    const up = (reach - patches.y[patch] - patches.height[patch] / 2) * unit;
    const [top, bottom] = patches.isLine ? [0, 1] : cellsOf(up, patches.height[patch] * unit, cells);
    const each = shares[patch] / ((right - left) * (bottom - top));
    for (let row = top; row < bottom; row++) {
      for (let column = left; column < right; column++) field.values[row * cells + column] += each;
    }
  }
  if (patches.isLine) for (let row = 1; row < cells; row++) field.values.copyWithin(row * cells, 0, cells);
  return field;
}

/** First cell and the first beyond of a patch, at least one. @param {number} from in cells @param {number} length @param {number} cells */
function cellsOf(from, length, cells) {
  const first = Math.min(cells - 1, Math.max(0, Math.floor(from + Math.min(0.5, length / 2) + 1e-9)));
  return [first, Math.min(cells, Math.max(first + 1, first + Math.round(length)))];
}

/**
 * Mass by cell of equally likely draws, each as wide as so few of them have to be.
 * @param {Point[]} places on the map @param {number} effective how many independent draws they are worth @param {number} reach
 * @returns {Field} Source of the width: Silverman 1986, eq. 4.14, in two dimensions
 */
export function drawnField(places, effective, reach) {
  const field = emptyField({ x: [-reach, reach], y: [-reach, reach] }, DRAWN_CELLS);
  const [x, y] = [0, 1].map((axis) => Float64Array.from(places, (place) => place[axis]));
  const narrowing = Math.max(1, effective) ** (-1 / 3);
  const variances = [x, y].map((values) => Math.max(LEAST_KERNEL ** 2, narrowing * varianceOf(values)));
  const [sxx, syy] = variances.map((variance) => new Float64Array(x.length).fill(variance));
  addDensity(field, { x, y, sxx, syy }, 1 / places.length);
  return field;
}

/** @param {Float64Array} values */
function varianceOf(values) {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
}

/**
 * What is to be painted of a field.
 * @typedef {object} Heat
 * @property {Field} field
 * @property {Uint8ClampedArray} glow RGBA, cell by cell
 * @property {Uint8ClampedArray} shade alpha alone, cell by cell: how far the rest of the map is to step back
 * @property {number[][]} outlines around what holds half and 95 %, from x, from y, to x, to y, … on the map
 */

/** @param {Field} field @param {{isDark: boolean, isLine: boolean}} how @returns {Heat} */
export function heatOf(field, { isDark, isLine }) {
  const { cells, values } = field;
  const levels = levelsHolding(isLine ? values.subarray(0, cells) : values, HELD);
  const most = values.reduce((high, value) => Math.max(high, value), 0);
  const edge = levels[1] || most;
  const glow = new Uint8ClampedArray(4 * values.length);
  const shade = new Uint8ClampedArray(4 * values.length);
  const color = isDark ? GLOW.dark : GLOW.light;
  for (let cell = 0; cell < values.length; cell++) {
    glow.set(color, 4 * cell);
    glow[4 * cell + 3] = MOST_GLOW * Math.sqrt(values[cell] / most);
    shade[4 * cell + 3] = 255 * Math.max(0, 1 - values[cell] / edge);
  }
  return { field, glow, shade, outlines: isLine ? [] : levels.map((level) => onMap(contourAt(values, cells, cells, level), field)) };
}

/** @param {number[]} pieces in cells @param {Field} field @returns {number[]} the same on the map */
function onMap(pieces, { cells, x, y }) {
  return pieces.map((value, index) =>
    index % 2 ? y[1] - ((value + 0.5) / cells) * (y[1] - y[0]) : x[0] + ((value + 0.5) / cells) * (x[1] - x[0]),
  );
}
