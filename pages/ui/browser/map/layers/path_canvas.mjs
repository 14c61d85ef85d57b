import { toPixels } from "../../maths/coordinates.mjs";
import { Layer } from "../layer.mjs";

/** @import { Point } from "../../lib/types.mjs" */
/** @import { View } from "../../maths/coordinates.mjs" */

const LINE_PX = 2;
const FRAME_PX = 2.5;
const NOW_PX = 6;

/** The path between the handles, its frames, and the one that is shown now. */
export class PathCanvas extends Layer {
  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas) {
    super(canvas);
    /** @type {Point[]} */
    this.places = [];
    this.now = -1;
    this.colors = { accent: "", ground: "" };
  }

  /** @param {{accent: string, ground: string}} colors */
  dress(colors) {
    this.colors = colors;
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

  /** @param {CanvasRenderingContext2D} context @param {View} view @param {number} ratio */
  paint(context, view, ratio) {
    const { places, colors } = this;
    if (places.length < 2) return;
    const pixels = places.map((place) => toPixels(view, place));
    line(context, pixels, colors.ground, (2 * LINE_PX + 1) * ratio); // a halo, so that it reads on any class
    line(context, pixels, colors.accent, LINE_PX * ratio);
    for (const pixel of pixels) dot(context, pixel, FRAME_PX * ratio, colors.accent);
    if (!pixels[this.now]) return;
    dot(context, pixels[this.now], (NOW_PX + 2) * ratio, colors.ground);
    dot(context, pixels[this.now], NOW_PX * ratio, colors.accent);
  }
}

/** @param {CanvasRenderingContext2D} context @param {Point[]} pixels @param {string} color @param {number} width */
function line(context, pixels, color, width) {
  context.beginPath();
  pixels.forEach(([x, y], at) => (at ? context.lineTo(x, y) : context.moveTo(x, y)));
  Object.assign(context, { strokeStyle: color, lineWidth: width, lineJoin: "round" });
  context.stroke();
}

/** @param {CanvasRenderingContext2D} context @param {Point} at @param {number} radius @param {string} color */
function dot(context, [x, y], radius, color) {
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  context.fillStyle = color;
  context.fill();
}
