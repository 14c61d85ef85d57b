/** @import { View } from "./coordinates.mjs" */

/** Pictures appear where no more points than this share one, on average over the view, */
const MOST_PER_PICTURE = 15;
/** or where no more than this are in view altogether. */
const FEW_POINTS = 400;

/** Cells around the view that have a say in what is chosen inside it: two rounds look three cells far. */
const MARGIN = 3;
const ROUNDS = 2;

/** Panning changes the extent of a view in its last digit: no reason to change the cells. */
const ROUNDING = 1e-6;

/**
 * Points in the order in which they are welcome.
 * @typedef {object} Ranked
 * @property {ArrayLike<number>} x by row
 * @property {ArrayLike<number>} y
 * @property {(rank: number) => number} rowOf
 * @property {number} count
 *
 * Cells over the view and its margin, anchored in latent space, each wide enough for one picture.
 * @typedef {object} Cells
 * @property {number} left of the first column, counted in cells from the origin of latent space
 * @property {number} bottom
 * @property {number} columns
 * @property {number} rows
 * @property {number} perUnitX cells in a unit of latent space
 * @property {number} perUnitY
 */

/**
 * Which points to show as pictures: at most one a cell, and none that would overlap another's.
 *
 * The choice depends on where points lie to each other, never on the view's edges, and cells change their width in
 * steps of √2: so pictures stay while one pans, and do not flicker at every turn of the wheel.
 * @param {ArrayLike<number>} x @param {ArrayLike<number>} y
 * @param {ArrayLike<number> | null} order rows, the most welcome first; null as they come
 * @param {View} view @param {number} sizePx side of a picture and of what is to stay free around it
 * @param {(row: number) => boolean} isShown
 * @param {{mostPerPicture?: number, few?: number}} [limits]
 * @returns {number[]} rows; none where points are too dense for pictures
 */
export function chooseThumbnails(x, y, order, view, sizePx, isShown, limits = {}) {
  const { mostPerPicture = MOST_PER_PICTURE, few = FEW_POINTS } = limits;
  const points = order
    ? { x, y, count: order.length, rowOf: (/** @type {number} */ rank) => order[rank] }
    : { x, y, count: x.length, rowOf: (/** @type {number} */ rank) => rank };
  const cells = cellsOver(view, sizePx);
  const { first, inView } = firstOfEachCell(points, view, cells, isShown);
  const room = (view.width * view.height) / (sizePx * sizePx);
  if (inView > Math.max(few, mostPerPicture * room)) return [];
  const overlap = overlapOf(points, view, sizePx);
  const rows = withoutOverlaps(first, cells, overlap).map(points.rowOf);
  return rows.filter((row) => isWithin(view, x[row], y[row]));
}

/** @param {number} pixels @param {readonly number[]} range */
const pixelsPerUnit = (pixels, [low, high]) => pixels / (high - low);

/** @param {View} view @param {number} x @param {number} y */
const isWithin = (view, x, y) => x >= view.x[0] && x <= view.x[1] && y >= view.y[0] && y <= view.y[1];

/** @param {View} view @param {number} sizePx @returns {Cells} */
function cellsOver({ x, y, width, height }, sizePx) {
  const perUnitX = cellsPerUnit(pixelsPerUnit(width, x) / sizePx);
  const perUnitY = cellsPerUnit(pixelsPerUnit(height, y) / sizePx);
  const left = Math.floor(x[0] * perUnitX) - MARGIN;
  const bottom = Math.floor(y[0] * perUnitY) - MARGIN;
  const columns = Math.floor(x[1] * perUnitX) + MARGIN + 1 - left;
  const rows = Math.floor(y[1] * perUnitY) + MARGIN + 1 - bottom;
  return { left, bottom, columns, rows, perUnitX, perUnitY };
}

/** The next lower power of √2. @param {number} picturesPerUnit */
const cellsPerUnit = (picturesPerUnit) => 2 ** (Math.floor(2 * Math.log2(picturesPerUnit) + ROUNDING) / 2);

/**
 * @param {Ranked} points @param {View} view @param {Cells} cells @param {(row: number) => boolean} isShown
 * @returns {{first: Int32Array, inView: number}} first: ranks by cell, −1 for an empty one
 */
function firstOfEachCell({ x, y, count, rowOf }, view, cells, isShown) {
  const { left, bottom, columns, rows, perUnitX, perUnitY } = cells;
  const first = new Int32Array(columns * rows).fill(-1);
  let inView = 0;
  for (let rank = 0; rank < count; rank++) {
    const row = rowOf(rank);
    const column = Math.floor(x[row] * perUnitX) - left;
    const line = Math.floor(y[row] * perUnitY) - bottom;
    const isNear = column >= 0 && column < columns && line >= 0 && line < rows;
    if (!isNear || !isShown(row)) continue;
    if (isWithin(view, x[row], y[row])) inView++;
    const cell = line * columns + column;
    if (first[cell] < 0) first[cell] = rank;
  }
  return { first, inView };
}

/** Whether the pictures of two ranks would overlap. @param {Ranked} points @param {View} view @param {number} sizePx */
function overlapOf({ x, y, rowOf }, view, sizePx) {
  const [scaleX, scaleY] = [pixelsPerUnit(view.width, view.x), pixelsPerUnit(view.height, view.y)];
  return (/** @type {number} */ one, /** @type {number} */ other) => {
    const [a, b] = [rowOf(one), rowOf(other)];
    return Math.abs(x[a] - x[b]) * scaleX < sizePx && Math.abs(y[a] - y[b]) * scaleY < sizePx;
  };
}

/**
 * A cell's candidate is chosen if it ranks before every candidate beside it that it would overlap. Who lost only to one
 * that lost itself gets another round.
 * @param {Int32Array} first ranks by cell @param {Cells} cells @param {(one: number, other: number) => boolean} overlap
 * @returns {number[]} ranks
 */
function withoutOverlaps(first, cells, overlap) {
  const chosen = new Int32Array(first.length).fill(-1);
  let candidates = first;
  for (let round = 0; round < ROUNDS; round++) {
    const present = candidates;
    present.forEach((rank, cell) => {
      const loses = hasBeside(cell, cells, present, (other) => other < rank && overlap(rank, other));
      if (rank >= 0 && !loses) chosen[cell] = rank;
    });
    candidates = present.map((rank, cell) => {
      const isOut = rank < 0 || chosen[cell] >= 0 || hasBeside(cell, cells, chosen, (other) => overlap(rank, other));
      return isOut ? -1 : rank;
    });
  }
  return [...chosen].filter((rank) => rank >= 0);
}

/**
 * Whether one of the eight cells around holds a rank that passes.
 * @param {number} cell @param {Cells} cells @param {Int32Array} ranks @param {(rank: number) => boolean} passes
 */
function hasBeside(cell, { columns, rows }, ranks, passes) {
  const [column, row] = [cell % columns, Math.floor(cell / columns)];
  for (let y = Math.max(0, row - 1); y <= Math.min(rows - 1, row + 1); y++) {
    for (let x = Math.max(0, column - 1); x <= Math.min(columns - 1, column + 1); x++) {
      const other = y * columns + x;
      if (other !== cell && ranks[other] >= 0 && passes(ranks[other])) return true;
    }
  }
  return false;
}
