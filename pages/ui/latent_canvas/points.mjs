import { Layer } from "./layer.mjs";
import { makeStamp, stampAt } from "./raster.mjs";

/** @import { View } from "./coordinates.mjs" */
/** @import { Embedding } from "./embedding.mjs" */
/** @import { Stamp } from "./raster.mjs" */

const TRAVEL_MS = 220;
/** More points than this jump: drawing them would take longer than a frame. */
const MOST_TRAVELLERS = 5000;

/**
 * Points drawn by ourselves: moving plotly's takes hundreds of milliseconds, moving these takes two.
 */
export class PointsCanvas extends Layer {
  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas) {
    super(canvas, { inMemory: true });
    /** @type {ImageData | null} */
    this.picture = null;
    /** @type {Embedding | null} */
    this.embedding = null;
    /** @type {Embedding | null} */
    this.from = null;
    this.startedAt = 0;
    /** @type {Stamp[]} by class */
    this.stamps = [];
    /** @type {(label: number) => boolean} */
    this.isShown = () => true;
  }

  /**
   * Show these points; those of the same images may travel from where they are now, others jump.
   * @param {Embedding} embedding @param {boolean} travel
   */
  show(embedding, travel) {
    const canTravel = travel && this.embedding && embedding.count <= MOST_TRAVELLERS;
    this.from = canTravel ? this.#present() : null;
    this.embedding = embedding;
    this.startedAt = performance.now();
    this.draw();
  }

  clear() {
    this.embedding = this.from = null;
    this.draw();
  }

  /** @param {string[]} colors by class @param {string[]} symbols @param {number} size */
  dress(colors, symbols, size) {
    const ratio = window.devicePixelRatio || 1;
    this.stamps = colors.map((color, at) => makeStamp(color, symbols[at % symbols.length], size * ratio));
    this.draw();
  }

  /** @param {(label: number) => boolean} isShown */
  filter(isShown) {
    this.isShown = isShown;
    this.draw();
  }

  /** @param {CanvasRenderingContext2D} context @param {View} view */
  paint(context, view) {
    const { canvas, embedding, stamps } = this;
    if (!embedding || !stamps.length) return;
    if (this.picture?.width !== canvas.width || this.picture.height !== canvas.height) {
      this.picture = new ImageData(canvas.width, canvas.height);
    }
    const pixels = new Uint32Array(this.picture.data.buffer);
    pixels.fill(0);
    this.#stampAll(pixels, this.#present(), view);
    context.putImageData(this.picture, 0, 0);
    if (this.from) this.draw();
  }

  /** @param {Uint32Array} pixels @param {Embedding} embedding @param {View} view in the canvas's own pixels */
  #stampAll(pixels, { count, x, y, labels }, view) {
    const bounds = boundsOf(view);
    const scaleX = view.width / (view.x[1] - view.x[0]);
    const scaleY = view.height / (view.y[1] - view.y[0]);
    const left = view.left - view.x[0] * scaleX;
    const top = view.top + view.y[1] * scaleY;
    for (let row = 0; row < count; row++) {
      const stamp = this.stamps[labels[row]];
      if (!stamp || !this.isShown(labels[row])) continue;
      stampAt(pixels, this.canvas.width, bounds, stamp, left + x[row] * scaleX, top - y[row] * scaleY);
    }
  }

  /** Where the points are at this moment; on the way, if they travel. @returns {Embedding} */
  #present() {
    const { from, embedding } = this;
    const passed = (performance.now() - this.startedAt) / TRAVEL_MS;
    if (!embedding || !from || passed >= 1 || from.count !== embedding.count) {
      this.from = null;
      return /** @type {Embedding} */ (embedding);
    }
    return between(from, embedding, eased(passed));
  }

  destroy() {
    super.destroy();
    this.embedding = this.from = null;
  }
}

/** @param {Embedding} from @param {Embedding} to @param {number} share @returns {Embedding} */
export function between(from, to, share) {
  return {
    ...to,
    x: to.x.map((value, row) => from.x[row] + share * (value - from.x[row])),
    y: to.y.map((value, row) => from.y[row] + share * (value - from.y[row])),
  };
}

/** Slow, fast, slow. @param {number} passed 0 to 1 @returns {number} */
export const eased = (passed) => passed * passed * (3 - 2 * passed);

/** The plot area, which `putImageData` would not be clipped to. @param {View} view @returns {import("./raster.mjs").Bounds} */
function boundsOf({ left, top, width, height }) {
  const [x, y] = [Math.round(left), Math.round(top)];
  return { left: x, top: y, right: x + Math.round(width), bottom: y + Math.round(height) };
}
