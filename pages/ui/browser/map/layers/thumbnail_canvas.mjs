import { toPixels } from "../../maths/coordinates.mjs";
import { Layer } from "../layer.mjs";
import { ThumbnailStore } from "./thumbnail_store.mjs";
import { Tiles } from "./tiles.mjs";

/** @import { View } from "../../maths/coordinates.mjs" */
/** @import { Embedding } from "../../model/embedding.mjs" */
/** @import { FetchImages } from "./thumbnail_store.mjs" */
/** @import { Travel } from "../../model/travel.mjs" */

const PICTURE_PX = 26;
const RING_PX = 1.5;
const GAP_PX = 3;
const MOST_TILES = 1024;

/** Real images at their points, once one comes close enough: a ring in the class's colour, never the accent's frame. */
export class ThumbnailCanvas extends Layer {
  /**
   * @param {HTMLCanvasElement} canvas @param {readonly [number, number, number]} imageShape (C, H, W)
   * @param {FetchImages} fetchImages by their numbers in the embedding's split
   * @param {{onError: (error: unknown) => void, onChoose?: (rows: number[]) => void}} events onChoose: what is shown as a
   *   picture, whenever that changes
   * @param {Travel} [travel] of the points: their pictures travel along
   */
  constructor(canvas, imageShape, fetchImages, { onError, onChoose = () => undefined }, travel) {
    super(canvas, { inMemory: true }); // where the tiles are
    this.onChoose = onChoose;
    this.travel = travel;
    /** @type {Tiles<number>} */
    this.tiles = new Tiles(imageShape, MOST_TILES);
    const imageBytes = imageShape.reduce((product, length) => product * length, 1);
    this.store = new ThumbnailStore(imageBytes, fetchImages, { onArrive: () => this.draw(), onError });
    /** @type {Embedding | null} */
    this.embedding = null;
    /** @type {string[]} by class */
    this.colors = [];
    /** @type {(label: number) => boolean} */
    this.isShown = () => true;
    /** @type {number[]} rows that are shown as pictures */
    this.rows = [];
    this.hasChanged = false;
  }

  /** @param {Embedding | null} embedding null for no pictures */
  show(embedding) {
    if (embedding && this.embedding && embedding.split !== this.embedding.split) {
      this.store.clear();
      this.tiles.clear();
    }
    this.embedding = embedding;
    this.#changed();
  }

  onView() {
    this.#changed();
  }

  /** @param {(label: number) => boolean} isShown */
  filter(isShown) {
    this.isShown = isShown;
    this.#changed();
  }

  /** @param {string[]} colors by class */
  dress(colors) {
    this.colors = colors;
    this.draw();
  }

  #changed() {
    this.hasChanged = true;
    this.draw();
  }

  #choose() {
    const { embedding, view, isShown } = this;
    this.hasChanged = false;
    const before = this.rows;
    this.rows = [];
    if (embedding && view) {
      const isRowShown = (/** @type {number} */ row) => isShown(embedding.labels[row]);
      const size = PICTURE_PX + 2 * RING_PX + GAP_PX;
      this.rows = chooseThumbnails(embedding.x, embedding.y, null, view, size, isRowShown);
    }
    this.store.want(this.rows.map((row) => embedding?.index[row] ?? 0));
    if (before.length !== this.rows.length || before.some((row, index) => row !== this.rows[index])) this.onChoose(this.rows);
  }

  /** @param {CanvasRenderingContext2D} context @param {View} view @param {number} ratio */
  paint(context, view, ratio) {
    if (this.hasChanged) this.#choose();
    const { canvas, embedding, travel } = this;
    const isTravelling = travel?.isUnderWay && travel.embedding === embedding;
    const there = isTravelling && embedding ? { ...embedding, ...travel.places() } : embedding;
    let painted = 0;
    context.imageSmoothingEnabled = false;
    if (there) for (const row of this.rows) painted += Number(this.#paintOne(context, there, view, row, ratio));
    if (isTravelling) this.draw();
    canvas.dataset.count = String(painted);
    canvas.dataset.complete = String(painted === this.rows.length);
  }

  /**
   * @param {CanvasRenderingContext2D} context @param {Embedding} embedding @param {View} view in the canvas's own pixels
   * @param {number} row @param {number} ratio
   * @returns {boolean} whether its picture is here
   */
  #paintOne(context, { x, y, labels, index }, view, row, ratio) {
    const number = index[row];
    const image = this.store.find(number);
    if (!this.tiles.has(number)) {
      if (!image) return false;
      this.tiles.put(number, image, 1);
    }
    const [px, py] = toPixels(view, [x[row], y[row]]);
    const side = Math.round(PICTURE_PX * ratio);
    const ring = Math.round((PICTURE_PX + 2 * RING_PX) * ratio);
    context.fillStyle = this.colors[labels[row] % this.colors.length] ?? "gray";
    context.fillRect(Math.round(px - ring / 2), Math.round(py - ring / 2), ring, ring);
    this.tiles.draw(context, number, px, py, side);
    return true;
  }

  destroy() {
    super.destroy();
    this.store.clear();
    this.embedding = null;
  }
}

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
 * Points in the order in which they are preferred.
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
 * @param {ArrayLike<number> | null} order rows, the preferred first; null as they come
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
    const contenders = candidates;
    contenders.forEach((rank, cell) => {
      const loses = hasBeside(cell, cells, contenders, (other) => other < rank && overlap(rank, other));
      if (rank >= 0 && !loses) chosen[cell] = rank;
    });
    candidates = contenders.map((rank, cell) => {
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
