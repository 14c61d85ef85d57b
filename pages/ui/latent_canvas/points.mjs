import { outline } from "./symbols.mjs";

/** @import { View } from "./coordinates.mjs" */
/** @import { Embedding } from "./embedding.mjs" */

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
    this.context = canvas.getContext("2d");
    /** @type {Embedding | null} */
    this.embedding = null;
    /** @type {Embedding | null} */
    this.from = null;
    this.startedAt = 0;
    this.frame = 0;
    /** @type {View | null} */
    this.view = null;
    /** @type {HTMLCanvasElement[]} */
    this.stamps = [];
    /** @type {(label: number) => boolean} */
    this.isShown = () => true;
  }

  /** Show these points; the same images travel from where they are now, others jump. @param {Embedding} embedding @param {boolean} travel */
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
  }

  /** @param {string[]} colors by class @param {string[]} symbols @param {number} size */
  dress(colors, symbols, size) {
    const ratio = window.devicePixelRatio || 1;
    this.stamps = colors.map((color, at) => stamp(color, symbols[at % symbols.length], size * ratio));
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
    context?.clearRect(0, 0, canvas.width, canvas.height);
    if (!context || !embedding || !view || !stamps.length) return;
    const ratio = window.devicePixelRatio || 1;
    context.save();
    context.beginPath();
    context.rect(view.left * ratio, view.top * ratio, view.width * ratio, view.height * ratio);
    context.clip();
    this.#stampAll(context, this.#present(), view, ratio);
    context.restore();
    if (this.from) this.draw();
  }

  /** @param {CanvasRenderingContext2D} context @param {Embedding} embedding @param {View} view @param {number} ratio */
  #stampAll(context, { count, x, y, labels }, view, ratio) {
    const scaleX = (view.width / (view.x[1] - view.x[0])) * ratio;
    const scaleY = (view.height / (view.y[1] - view.y[0])) * ratio;
    const half = this.stamps[0].width / 2;
    const left = view.left * ratio - view.x[0] * scaleX - half;
    const top = view.top * ratio + view.y[1] * scaleY - half;
    for (let row = 0; row < count; row++) {
      const image = this.stamps[labels[row]];
      if (image && this.isShown(labels[row])) context.drawImage(image, left + x[row] * scaleX, top - y[row] * scaleY);
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

/** A symbol drawn once, to be copied to each point. @param {string} color @param {string} symbol @param {number} size */
function stamp(color, symbol, size) {
  const canvas = document.createElement("canvas");
  const side = 2 * Math.ceil(0.8 * size);
  canvas.width = canvas.height = side;
  const context = canvas.getContext("2d");
  if (!context) return canvas;
  context.translate(side / 2, side / 2);
  context.fillStyle = color;
  context.fill(new Path2D(outline(symbol, size / 2)));
  return canvas;
}
