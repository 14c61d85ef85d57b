import { inOwnPixels, Layer } from "./layer.mjs";
import { NeighbourGrid, nearestWithin } from "../maths/neighbours.mjs";
import { marksOf } from "../legend/marks.mjs";
import { pointStyle, Raster } from "./raster.mjs";
import { toLatent, toPixels } from "../maths/coordinates.mjs";
import { Travel } from "../model/travel.mjs";

/** @import { Point } from "../lib/types.mjs" */
/** @import { Places } from "../model/travel.mjs" */
/** @import { View } from "../maths/coordinates.mjs" */
/** @import { Embedding } from "../model/embedding.mjs" */
/** @import { Palette } from "./raster.mjs" */

/** More points than this jump: on their way they would take longer than a frame. */
const MOST_TRAVELLERS = 200_000;
/** More points than this are sorted into a grid before the nearest of them is looked for. */
const MOST_SEARCHED = 200_000;
/** How many are in view is found from about so many of them. */
const COUNTED = 20_000;
/** Points change their size in steps of this many pixels: their symbols are computed anew for each. */
const SIZE_STEP = 0.25;

/** All points of a map, at rest and on their way, drawn by ourselves into one picture. */
export class PointsCanvas extends Layer {
  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas) {
    super(canvas, { inMemory: true });
    this.travel = new Travel();
    this.raster = new Raster();
    /** @type {Palette} */
    this.palette = { colors: [], symbols: [] };
    this.scale = 1;
    /** @type {(value: number) => boolean} */
    this.isShown = () => true;
    /** @type {{grid: NeighbourGrid, rows: Uint32Array} | null} of what is shown and at rest */
    this.grid = null;
  }

  /**
   * Show these points; those of the same images travel from the map before, others jump.
   * @param {Embedding} embedding @param {Embedding | null} before
   * @returns {Promise<void>} they are there, or go elsewhere
   */
  show(embedding, before) {
    this.grid = null;
    const arrived = this.travel.to(embedding, embedding.count <= MOST_TRAVELLERS ? before : null);
    this.draw();
    return arrived;
  }

  /** @param {Palette} palette @param {number} [scale] of the points, 1 for the usual size */
  dress(palette, scale = 1) {
    this.palette = palette;
    this.scale = scale;
    this.draw();
  }

  /** @param {(value: number) => boolean} isShown */
  filter(isShown) {
    this.isShown = isShown;
    this.grid = null;
    this.draw();
  }

  /** @param {CanvasRenderingContext2D} context @param {View} view @param {number} ratio */
  paint(context, view, ratio) {
    this.#paintOn(context, view, ratio, this.raster);
    this.canvas.toggleAttribute("data-travelling", this.travel.isUnderWay);
    if (this.travel.isUnderWay) this.draw();
  }

  /** @param {CanvasRenderingContext2D} context @param {View} view in its pixels @param {number} ratio @param {Raster} raster */
  #paintOn(context, view, ratio, raster) {
    const { travel, palette } = this;
    if (!travel.embedding || !palette.colors.length) return;
    const places = travel.places();
    const { size, opacity } = pointStyle(countInView(travel.embedding, view), context.canvas.width / ratio);
    const pixels = this.scale * ratio * size;
    raster.dress(palette, Math.max(1, SIZE_STEP * Math.round(pixels / SIZE_STEP)));
    const { pixels: rgba, left, top, width, height } = raster.draw(places, marksOf(travel.embedding), view, opacity, this.isShown);
    context.putImageData(new ImageData(rgba, width, height), left, top);
  }

  /** The points alone, finer than on the screen. @param {readonly [number, number]} size of the map @param {number} ratio @returns {string} a data address */
  picture(size, ratio) {
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = size.map((length) => Math.round(length * ratio));
    const context = canvas.getContext("2d");
    if (context && this.view) this.#paintOn(context, inOwnPixels(this.view, ratio), ratio, new Raster());
    return canvas.toDataURL();
  }

  /**
   * The point that is drawn nearest to a place, none while they are on their way.
   * @param {readonly number[]} pixels on the map, CSS pixels @param {number} radius
   * @returns {{row: number, pixels: Point} | null}
   */
  nearest(pixels, radius) {
    const { travel, view, isShown } = this;
    if (!travel.embedding || travel.isUnderWay || !view) return null;
    const { x, y, count } = travel.embedding;
    const [px, py] = toLatent(view, pixels);
    const within = (radius * (view.x[1] - view.x[0])) / view.width;
    const row = count > MOST_SEARCHED ? this.#nearestInGrid(px, py, within) : nearestWithin(x, y, marksOf(travel.embedding), isShown, px, py, within);
    return row < 0 ? null : { row, pixels: toPixels(view, [x[row], y[row]]) };
  }

  /** @param {number} px @param {number} py @param {number} within in units of the map @returns {number} −1 for none */
  #nearestInGrid(px, py, within) {
    const { grid, rows } = (this.grid ??= this.#sorted());
    const near = grid.nearest(px, py, 1);
    return near.distances[0] <= within ? rows[near.rows[0]] : -1;
  }

  #sorted() {
    const embedding = /** @type {Embedding} */ (this.travel.embedding);
    const { x, y } = embedding;
    const marks = marksOf(embedding);
    const rows = Uint32Array.from(marks.keys()).filter((row) => this.isShown(marks[row]));
    const grid = new NeighbourGrid(Float32Array.from(rows, (row) => x[row]), Float32Array.from(rows, (row) => y[row]));
    return { grid, rows };
  }

  destroy() {
    super.destroy();
    this.travel.clear();
  }
}

/**
 * About how many points a view shows.
 * @param {Places} places @param {Pick<View, "x" | "y">} view @param {(row: number) => boolean} [isShown]
 */
export function countInView({ x, y }, { x: [left, right], y: [bottom, top] }, isShown = () => true) {
  const every = Math.max(1, Math.floor(x.length / COUNTED));
  let count = 0;
  for (let row = 0; row < x.length; row += every) {
    if (x[row] >= left && x[row] <= right && y[row] >= bottom && y[row] <= top && isShown(row)) count++;
  }
  return count * every;
}
