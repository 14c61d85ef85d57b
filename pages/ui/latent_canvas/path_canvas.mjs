import { toPixels } from "./coordinates.mjs";

/** @import { Point } from "../shared/types.mjs" */
/** @import { View } from "./coordinates.mjs" */

const LINE_PX = 2;
const FRAME_PX = 2.5;
const NOW_PX = 6;

/** The path between the handles, its frames, and the one that is shown now. */
export class PathCanvas {
  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d");
    /** @type {Point[]} */
    this.places = [];
    this.now = -1;
    this.colors = { accent: "", ground: "" };
    /** @type {View | null} */
    this.view = null;
    this.frame = 0;
  }

  /** @param {{accent: string, ground: string}} colors */
  dress(colors) {
    this.colors = colors;
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
    this.draw();
  }

  /** @param {Point[]} places of the frames on the map, [] for no path */
  show(places) {
    this.places = places;
    this.draw();
  }

  /** @param {number} frame that is shown now, −1 for none */
  mark(frame) {
    this.now = frame;
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
    const { context, canvas, view, places, colors } = this;
    if (!context) return;
    context.clearRect(0, 0, canvas.width, canvas.height);
    if (!view || places.length < 2) return;
    const ratio = window.devicePixelRatio || 1;
    context.save();
    context.scale(ratio, ratio);
    context.beginPath();
    context.rect(view.left, view.top, view.width, view.height);
    context.clip();
    const pixels = places.map((place) => toPixels(view, place));
    this.#line(context, pixels, colors.ground, 2 * LINE_PX + 1); // a halo, so that it reads on any class
    this.#line(context, pixels, colors.accent, LINE_PX);
    for (const pixel of pixels) dot(context, pixel, FRAME_PX, colors.accent);
    if (pixels[this.now]) {
      dot(context, pixels[this.now], NOW_PX + 2, colors.ground);
      dot(context, pixels[this.now], NOW_PX, colors.accent);
    }
    context.restore();
  }

  /** @param {CanvasRenderingContext2D} context @param {Point[]} pixels @param {string} color @param {number} width */
  #line(context, pixels, color, width) {
    context.beginPath();
    pixels.forEach(([x, y], at) => (at ? context.lineTo(x, y) : context.moveTo(x, y)));
    Object.assign(context, { strokeStyle: color, lineWidth: width, lineJoin: "round" });
    context.stroke();
  }

  destroy() {
    cancelAnimationFrame(this.frame);
    this.canvas.remove();
  }
}

/** @param {CanvasRenderingContext2D} context @param {Point} at @param {number} radius @param {string} color */
function dot(context, [x, y], radius, color) {
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  context.fillStyle = color;
  context.fill();
}
