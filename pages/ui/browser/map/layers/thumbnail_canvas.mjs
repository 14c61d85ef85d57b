import { toPixels } from "../../maths/coordinates.mjs";
import { Layer } from "../layer.mjs";
import { ThumbnailStore } from "./thumbnail_store.mjs";
import { chooseThumbnails } from "../../maths/thumbnails.mjs";
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
   * @param {{failed: (error: unknown) => void, chosen?: (rows: number[]) => void}} events chosen: what is shown as a
   *   picture, whenever that changes
   * @param {Travel} [travel] of the points: their pictures travel along
   */
  constructor(canvas, imageShape, fetchImages, { failed, chosen = () => undefined }, travel) {
    super(canvas, { inMemory: true }); // where the tiles are
    this.chosen = chosen;
    this.travel = travel;
    /** @type {Tiles<number>} */
    this.tiles = new Tiles(imageShape, MOST_TILES);
    const imageBytes = imageShape.reduce((product, length) => product * length, 1);
    this.store = new ThumbnailStore(imageBytes, fetchImages, { arrived: () => this.draw(), failed });
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

  looked() {
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
    if (before.length !== this.rows.length || before.some((row, at) => row !== this.rows[at])) this.chosen(this.rows);
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
