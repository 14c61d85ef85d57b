import { toPixels } from "./coordinates.mjs";
import { sameImages } from "./embedding.mjs";
import { Layer } from "./layer.mjs";
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
export class ThumbnailCanvas extends Layer {
  /**
   * @param {HTMLCanvasElement} canvas @param {readonly [number, number, number]} imageShape (C, H, W)
   * @param {FetchRows} fetchRows rows of the embedding that is shown
   * @param {{failed: (error: unknown) => void, chosen?: (rows: number[]) => void}} events chosen: what is shown as a
   *   picture, whenever that changes
   */
  constructor(canvas, imageShape, fetchRows, { failed, chosen = () => undefined }) {
    super(canvas, { inMemory: true }); // where the tiles are
    this.chosen = chosen;
    /** @type {Tiles<number>} */
    this.tiles = new Tiles(imageShape, MOST_TILES);
    const imageBytes = imageShape.reduce((product, length) => product * length, 1);
    this.store = new ThumbnailStore(imageBytes, fetchRows, { arrived: () => this.draw(), failed });
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
    if (embedding && this.embedding && !sameImages(embedding, this.embedding)) {
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
    this.store.want(this.rows);
    if (before.length !== this.rows.length || before.some((row, at) => row !== this.rows[at])) this.chosen(this.rows);
  }

  /** @param {CanvasRenderingContext2D} context @param {View} view @param {number} ratio */
  paint(context, view, ratio) {
    if (this.hasChanged) this.#choose();
    const { canvas, embedding } = this;
    let painted = 0;
    context.imageSmoothingEnabled = false;
    if (embedding) for (const row of this.rows) painted += Number(this.#paintOne(context, embedding, view, row, ratio));
    canvas.dataset.count = String(painted);
    canvas.dataset.complete = String(painted === this.rows.length);
  }

  /**
   * @param {CanvasRenderingContext2D} context @param {Embedding} embedding @param {View} view in the canvas's own pixels
   * @param {number} row @param {number} ratio
   * @returns {boolean} whether its picture is here
   */
  #paintOne(context, { x, y, labels }, view, row, ratio) {
    const image = this.store.find(row);
    if (!this.tiles.has(row)) {
      if (!image) return false;
      this.tiles.put(row, image, 1);
    }
    const [px, py] = toPixels(view, [x[row], y[row]]);
    const side = Math.round(PICTURE_PX * ratio);
    const ring = Math.round((PICTURE_PX + 2 * RING_PX) * ratio);
    context.fillStyle = this.colors[labels[row] % this.colors.length] ?? "gray";
    context.fillRect(Math.round(px - ring / 2), Math.round(py - ring / 2), ring, ring);
    this.tiles.draw(context, row, px, py, side);
    return true;
  }

  destroy() {
    super.destroy();
    this.store.clear();
    this.embedding = null;
  }
}
