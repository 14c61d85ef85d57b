/** @import { View } from "../maths/coordinates.mjs" */

/** A canvas of the map's size, over or under its points: drawn once a frame however often asked, only in the plot area. */
export class Layer {
  /**
   * @param {HTMLCanvasElement} canvas
   * @param {{inMemory?: boolean}} [how] inMemory: drawn from pixels that we hold, and not on the graphics card
   */
  constructor(canvas, { inMemory = false } = {}) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d", { willReadFrequently: inMemory });
    /** @type {View | null} */
    this.view = null;
    this.shape = "";
    this.frame = 0;
    canvas.addEventListener("contextrestored", () => this.draw()); // the graphics card had lost what was drawn
  }

  /** @param {View} view @param {readonly [number, number]} size of the map in CSS pixels */
  setView(view, size) {
    const ratio = window.devicePixelRatio || 1;
    const shape = [...size, ratio].join();
    const hasShape = shape === this.shape;
    if (!hasShape) [this.canvas.width, this.canvas.height] = size.map((length) => Math.round(length * ratio));
    this.shape = shape;
    const isSame = JSON.stringify(view) === JSON.stringify(this.view);
    this.view = view;
    if (!isSame) this.onView(view);
    if (!isSame || !hasShape) this.draw();
  }

  /** The view is another. @param {View} _view */
  onView(_view) {}

  /** Draw at the next frame, however often asked. */
  draw() {
    this.frame ||= requestAnimationFrame(() => {
      this.frame = 0;
      this.#paint();
    });
  }

  /** Draw within this frame. */
  drawNow() {
    cancelAnimationFrame(this.frame);
    this.frame = 0;
    this.#paint();
  }

  #paint() {
    const { context, canvas, view } = this;
    if (!context || !view) return;
    const ratio = window.devicePixelRatio || 1;
    const own = inOwnPixels(view, ratio);
    context.clearRect(0, 0, canvas.width, canvas.height);
    context.save();
    context.beginPath();
    context.rect(own.left, own.top, own.width, own.height);
    context.clip();
    this.paint(context, own, ratio);
    context.restore();
  }

  /**
   * Paint what there is on the cleared canvas; nothing gets outside the plot area.
   * @param {CanvasRenderingContext2D} _context @param {View} _view in the canvas's own pixels
   * @param {number} _ratio own pixels to a CSS pixel
   */
  paint(_context, _view, _ratio) {}

  destroy() {
    cancelAnimationFrame(this.frame);
    this.canvas.remove();
  }
}

/** @param {View} view in CSS pixels @param {number} ratio @returns {View} */
export function inOwnPixels({ left, top, width, height, x, y }, ratio) {
  return { left: left * ratio, top: top * ratio, width: width * ratio, height: height * ratio, x, y };
}

/** Colours of a grid as a picture, a pixel a cell. @param {Uint8ClampedArray} rgba cell by cell @param {number} cells a side */
export function sheetOf(rgba, cells) {
  const sheet = new OffscreenCanvas(cells, cells);
  const pixels = new ImageData(cells, cells);
  pixels.data.set(rgba);
  sheet.getContext("2d")?.putImageData(pixels, 0, 0);
  return sheet;
}
