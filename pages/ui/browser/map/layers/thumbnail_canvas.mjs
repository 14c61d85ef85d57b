import { clamp, toPixels } from "../../maths/coordinates.mjs";
import { Layer } from "../layer.mjs";
import { marksOf } from "../../legend/marks.mjs";
import { countInView } from "../points.mjs";
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
    /** @type {string[]} by mark */
    this.colors = [];
    /** @type {(mark: number) => boolean} */
    this.isShown = () => true;
    /** Whether an image has a picture, where not all do. @type {(number: number) => boolean} */
    this.isPictured = () => true;
    /** @type {number[]} rows that are shown as pictures */
    this.rows = [];
    this.opacity = 0;
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

  /** @param {(mark: number) => boolean} isShown */
  filter(isShown) {
    this.isShown = isShown;
    this.#changed();
  }

  /** @param {string[]} colors by mark */
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
    this.opacity = 0;
    if (embedding && view) {
      const marks = marksOf(embedding);
      const isRowShown = (/** @type {number} */ row) => isShown(marks[row]);
      const size = PICTURE_PX + 2 * RING_PX + GAP_PX;
      this.opacity = pictureOpacity(embedding, view, size, isRowShown);
      const isCandidate = (/** @type {number} */ row) => isRowShown(row) && this.isPictured(embedding.index[row]);
      if (this.opacity) this.rows = chooseThumbnails(embedding, view, size, isCandidate);
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
    context.globalAlpha = this.opacity;
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
  #paintOne(context, embedding, view, row, ratio) {
    const { x, y, index } = embedding;
    const number = index[row];
    const image = this.store.find(number);
    if (!this.tiles.has(number)) {
      if (!image) return false;
      this.tiles.put(number, image, 1);
    }
    const [px, py] = toPixels(view, [x[row], y[row]]);
    const side = Math.round(PICTURE_PX * ratio);
    const ring = Math.round((PICTURE_PX + 2 * RING_PX) * ratio);
    context.fillStyle = this.colors[marksOf(embedding)[row] % this.colors.length] ?? "gray";
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

/** All pictures are there where no more points than this share one, on average over the view, */
const MOST_PER_PICTURE = 15;
/** or where no more than this are in view altogether; with twice as many they begin to appear. */
const FEW_POINTS = 400;

/**
 * How far the pictures have come out as one comes closer: 0 where their points are too many, 1 where all have room.
 * @param {{x: Float32Array, y: Float32Array}} places @param {View} view @param {number} sizePx of a picture and what is to stay
 *   free around it @param {(row: number) => boolean} isShown
 */
export function pictureOpacity(places, view, sizePx, isShown) {
  const most = Math.max(FEW_POINTS, (MOST_PER_PICTURE * view.width * view.height) / (sizePx * sizePx));
  return clamp(2 - countInView(places, view, isShown) / most, 0, 1);
}

/** Cells around the view that have a say in what is chosen inside it: two rounds look three cells far. */
const MARGIN = 3;
const ROUNDS = 2;

/** Panning changes the extent of a view in its last digit: no reason to change the cells. */
const ROUNDING = 1e-6;

/**
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
 * @param {{x: ArrayLike<number>, y: ArrayLike<number>}} places by row; of two that would overlap, the first is shown
 * @param {View} view @param {number} sizePx side of a picture and of what is to stay free around it
 * @param {(row: number) => boolean} isShown
 * @returns {number[]} rows
 */
export function chooseThumbnails({ x, y }, view, sizePx, isShown) {
  const cells = cellsOver(view, sizePx);
  const first = firstOfEachCell({ x, y }, cells, isShown);
  const rows = withoutOverlaps(first, cells, overlapOf({ x, y }, view, sizePx));
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
 * @param {{x: ArrayLike<number>, y: ArrayLike<number>}} places @param {Cells} cells @param {(row: number) => boolean} isShown
 * @returns {Int32Array} rows by cell, −1 for an empty one
 */
function firstOfEachCell({ x, y }, { left, bottom, columns, rows, perUnitX, perUnitY }, isShown) {
  const first = new Int32Array(columns * rows).fill(-1);
  for (let row = 0; row < x.length; row++) {
    const column = Math.floor(x[row] * perUnitX) - left;
    const line = Math.floor(y[row] * perUnitY) - bottom;
    if (!(column >= 0 && column < columns && line >= 0 && line < rows) || !isShown(row)) continue;
    const cell = line * columns + column;
    if (first[cell] < 0) first[cell] = row;
  }
  return first;
}

/** Whether the pictures of two rows would overlap. @param {{x: ArrayLike<number>, y: ArrayLike<number>}} places @param {View} view @param {number} sizePx */
function overlapOf({ x, y }, view, sizePx) {
  const [scaleX, scaleY] = [pixelsPerUnit(view.width, view.x), pixelsPerUnit(view.height, view.y)];
  return (/** @type {number} */ one, /** @type {number} */ other) =>
    Math.abs(x[one] - x[other]) * scaleX < sizePx && Math.abs(y[one] - y[other]) * scaleY < sizePx;
}

/**
 * A cell's candidate is chosen if its row is before that of every candidate beside it that it would overlap. Who lost only to one
 * that lost itself gets another round.
 * @param {Int32Array} first rows by cell @param {Cells} cells @param {(one: number, other: number) => boolean} overlap
 * @returns {number[]} rows
 */
function withoutOverlaps(first, cells, overlap) {
  const chosen = new Int32Array(first.length).fill(-1);
  let candidates = first;
  for (let round = 0; round < ROUNDS; round++) {
    const contenders = candidates;
    contenders.forEach((row, cell) => {
      const loses = hasBeside(cell, cells, contenders, (other) => other < row && overlap(row, other));
      if (row >= 0 && !loses) chosen[cell] = row;
    });
    candidates = contenders.map((row, cell) => {
      const isOut = row < 0 || chosen[cell] >= 0 || hasBeside(cell, cells, chosen, (other) => overlap(row, other));
      return isOut ? -1 : row;
    });
  }
  return [...chosen].filter((row) => row >= 0);
}

/**
 * Whether one of the eight cells around holds a row that passes.
 * @param {number} cell @param {Cells} cells @param {Int32Array} candidates @param {(row: number) => boolean} passes
 */
function hasBeside(cell, { columns, rows }, candidates, passes) {
  const [column, line] = [cell % columns, Math.floor(cell / columns)];
  for (let y = Math.max(0, line - 1); y <= Math.min(rows - 1, line + 1); y++) {
    for (let x = Math.max(0, column - 1); x <= Math.min(columns - 1, column + 1); x++) {
      const other = y * columns + x;
      if (other !== cell && candidates[other] >= 0 && passes(candidates[other])) return true;
    }
  }
  return false;
}
