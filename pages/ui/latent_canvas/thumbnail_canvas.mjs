import { toPixels } from "./coordinates.mjs";
import { sameImages } from "./embedding.mjs";
import { ThumbnailStore } from "./thumbnail_store.mjs";
import { chooseThumbnails } from "./thumbnails.mjs";
import { Tiles } from "./tiles.mjs";

/** @import { View } from "./coordinates.mjs" */
/** @import { Embedding } from "./embedding.mjs" */
/** @import { FetchRows } from "./thumbnail_store.mjs" */

const PICTURE_PX = 26;
const RING_PX = 1.5;
const GAP_PX = 3;
const MOST_TILES = 1024;

/** Real images at their points, once one comes close enough: a ring in the class's colour, never the accent's frame. */
export class ThumbnailCanvas {
  /**
   * @param {HTMLCanvasElement} canvas @param {readonly [number, number, number]} imageShape (C, H, W)
   * @param {FetchRows} fetchRows rows of the embedding that is shown
   * @param {{failed: (error: unknown) => void, chosen?: (rows: number[]) => void}} events chosen: what is shown as a
   *   picture, whenever that changes
   */
  constructor(canvas, imageShape, fetchRows, { failed, chosen = () => undefined }) {
    this.canvas = canvas;
    this.chosen = chosen;
    this.context = canvas.getContext("2d", { willReadFrequently: true }); // in memory, where the tiles are
    /** @type {Tiles<number>} */
    this.tiles = new Tiles(imageShape, MOST_TILES);
    const imageBytes = imageShape.reduce((product, length) => product * length, 1);
    this.store = new ThumbnailStore(imageBytes, fetchRows, { arrived: () => this.draw(), failed });
    /** @type {Embedding | null} */
    this.embedding = null;
    /** @type {View | null} */
    this.view = null;
    /** @type {string[]} by class */
    this.colors = [];
    /** @type {(label: number) => boolean} */
    this.isShown = () => true;
    /** @type {number[]} rows that are shown as pictures */
    this.rows = [];
    this.hasChanged = false;
    this.frame = 0;
  }

  /** @param {Embedding | null} embedding null for no pictures */
  show(embedding) {
    if (embedding && this.embedding && !sameImages(embedding, this.embedding)) {
      this.store.clear();
      this.tiles.clear();
    }
    this.embedding = embedding;
    this.#changed();
  }

  /** @param {View} view */
  look(view) {
    this.view = view;
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

  /** @param {number} width in CSS pixels @param {number} height */
  resize(width, height) {
    const ratio = window.devicePixelRatio || 1;
    this.canvas.width = Math.round(width * ratio);
    this.canvas.height = Math.round(height * ratio);
    this.draw();
  }

  #changed() {
    this.hasChanged = true;
    this.draw();
  }

  /** Draw at the next frame, however often asked. */
  draw() {
    this.frame ||= requestAnimationFrame(() => {
      this.frame = 0;
      if (this.hasChanged) this.#choose();
      this.#paint();
    });
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
    this.store.want(this.rows);
    if (before.length !== this.rows.length || before.some((row, at) => row !== this.rows[at])) this.chosen(this.rows);
  }

  #paint() {
    const { context, canvas, embedding, view } = this;
    if (!context) return;
    context.clearRect(0, 0, canvas.width, canvas.height);
    let painted = 0;
    if (embedding && view) {
      const ratio = window.devicePixelRatio || 1;
      context.save();
      context.beginPath();
      context.rect(view.left * ratio, view.top * ratio, view.width * ratio, view.height * ratio);
      context.clip();
      for (const row of this.rows) painted += Number(this.#paintOne(context, embedding, view, row));
      context.restore();
    }
    canvas.dataset.count = String(painted);
    canvas.dataset.complete = String(painted === this.rows.length);
  }

  /**
   * @param {CanvasRenderingContext2D} context @param {Embedding} embedding @param {View} view @param {number} row
   * @returns {boolean} whether its picture is here
   */
  #paintOne(context, { x, y, labels }, view, row) {
    const image = this.store.find(row);
    if (!this.tiles.has(row)) {
      if (!image) return false;
      this.tiles.put(row, image, 1);
    }
    const ratio = window.devicePixelRatio || 1;
    const [px, py] = toPixels(view, [x[row], y[row]]).map((pixel) => pixel * ratio);
    const side = Math.round(PICTURE_PX * ratio);
    const ring = Math.round((PICTURE_PX + 2 * RING_PX) * ratio);
    context.fillStyle = this.colors[labels[row] % this.colors.length] ?? "gray";
    context.fillRect(Math.round(px - ring / 2), Math.round(py - ring / 2), ring, ring);
    context.imageSmoothingEnabled = false;
    this.tiles.draw(context, row, px, py, side);
    return true;
  }

  destroy() {
    cancelAnimationFrame(this.frame);
    this.store.clear();
    this.embedding = null;
  }
}
