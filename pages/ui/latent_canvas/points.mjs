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
export class PointsCanvas {
  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d", { willReadFrequently: true }); // kept in memory, where we write it
    /** @type {ImageData | null} */
    this.picture = null;
    /** @type {Embedding | null} */
    this.embedding = null;
    /** @type {Embedding | null} */
    this.from = null;
    this.startedAt = 0;
    this.frame = 0;
    /** @type {View | null} */
    this.view = null;
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

  /** @param {View} view */
  look(view) {
    this.view = view;
    this.draw();
  }

  /** @param {number} width in CSS pixels @param {number} height */
  resize(width, height) {
    const ratio = window.devicePixelRatio || 1;
    this.canvas.width = Math.round(width * ratio);
    this.canvas.height = Math.round(height * ratio);
    this.picture = null;
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

  /** Draw at the next frame, however often asked. */
  draw() {
    this.frame ||= requestAnimationFrame(() => {
      this.frame = 0;
      this.#paint();
    });
  }

  #paint() {
    const { context, canvas, embedding, view, stamps } = this;
    if (!context || !embedding || !view || !stamps.length) return context?.clearRect(0, 0, canvas.width, canvas.height);
    this.picture ??= new ImageData(canvas.width, canvas.height);
    const pixels = new Uint32Array(this.picture.data.buffer);
    pixels.fill(0);
    this.#stampAll(pixels, this.#present(), view);
    context.putImageData(this.picture, 0, 0);
    if (this.from) this.draw();
  }

  /** @param {Uint32Array} pixels @param {Embedding} embedding @param {View} view */
  #stampAll(pixels, { count, x, y, labels }, view) {
    const ratio = window.devicePixelRatio || 1;
    const bounds = boundsOf(view, ratio);
    const scaleX = (view.width / (view.x[1] - view.x[0])) * ratio;
    const scaleY = (view.height / (view.y[1] - view.y[0])) * ratio;
    const left = view.left * ratio - view.x[0] * scaleX;
    const top = view.top * ratio + view.y[1] * scaleY;
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
    cancelAnimationFrame(this.frame);
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

/**
 * The plot area in the canvas's own pixels.
 * @param {View} view @param {number} ratio @returns {import("./raster.mjs").Bounds}
 */
function boundsOf({ left, top, width, height }, ratio) {
  const [x, y] = [Math.round(left * ratio), Math.round(top * ratio)];
  return { left: x, top: y, right: x + Math.round(width * ratio), bottom: y + Math.round(height * ratio) };
}
