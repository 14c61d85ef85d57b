import { channels } from "../lib/theme.mjs";
import { outline } from "./symbols.mjs";

/** @import { View } from "../maths/coordinates.mjs" */
/** @import { Places } from "../model/travel.mjs" */

/**
 * Points straight into pixels: two thousand take half a millisecond, as canvas calls ten times that.
 */

/**
 * A symbol's coverage, to be set down at each point.
 * @typedef {{side: number, coverage: Uint8Array, color: number}} Stamp color: 0xBBGGRR, as little-endian RGBA has it
 *
 * The part of the picture that may be painted, in pixels; right and bottom are the first beyond.
 * @typedef {{left: number, top: number, right: number, bottom: number}} Bounds
 */

/** @param {string} color @param {string} symbol @param {number} size in pixels @returns {Stamp} */
export function makeStamp(color, symbol, size) {
  const side = 2 * Math.ceil(0.8 * size);
  const canvas = new OffscreenCanvas(side, side);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  const coverage = new Uint8Array(side * side);
  if (context) {
    context.translate(side / 2, side / 2);
    context.fill(new Path2D(outline(symbol, size / 2)));
    const { data } = context.getImageData(0, 0, side, side);
    for (let index = 0; index < coverage.length; index++) coverage[index] = data[4 * index + 3];
  }
  const [red, green, blue] = channels(color) ?? [128, 128, 128];
  return { side, coverage, color: red | (green << 8) | (blue << 16) };
}

/**
 * Set down the stamp of its class at every point, inside the plot area.
 * @param {Uint32Array} pixels RGBA, row by row @param {number} width of a row
 * @param {View} view in the same pixels @param {Places} places @param {ArrayLike<number>} labels
 * @param {readonly Stamp[]} stamps by class @param {(label: number) => boolean} isShown
 */
export function stampPoints(pixels, width, view, { x, y }, labels, stamps, isShown) {
  const bounds = boundsOf(view);
  const scaleX = view.width / (view.x[1] - view.x[0]);
  const scaleY = view.height / (view.y[1] - view.y[0]);
  const left = view.left - view.x[0] * scaleX;
  const top = view.top + view.y[1] * scaleY;
  const shown = stamps.map((stamp, label) => (isShown(label) ? stamp : null));
  for (let row = 0; row < labels.length; row++) {
    const stamp = shown[labels[row]];
    if (stamp) stampAt(pixels, width, bounds, stamp, left + x[row] * scaleX, top - y[row] * scaleY);
  }
}

/** The plot area, which pixels that are put are not clipped to. @param {View} view @returns {Bounds} */
function boundsOf({ left, top, width, height }) {
  const [x, y] = [Math.round(left), Math.round(top)];
  return { left: x, top: y, right: x + Math.round(width), bottom: y + Math.round(height) };
}

/**
 * Set a stamp down with its middle at (x, y).
 * @param {Uint32Array} pixels RGBA, row by row @param {number} width of a row
 * @param {Bounds} bounds @param {Stamp} stamp @param {number} x @param {number} y
 */
export function stampAt(pixels, width, { left, top, right, bottom }, { side, coverage, color }, x, y) {
  const startX = Math.round(x - side / 2);
  const startY = Math.round(y - side / 2);
  const [fromX, toX] = [Math.max(0, left - startX), Math.min(side, right - startX)];
  const [fromY, toY] = [Math.max(0, top - startY), Math.min(side, bottom - startY)];
  for (let row = fromY; row < toY; row++) {
    const offset = (startY + row) * width + startX;
    for (let column = fromX; column < toX; column++) {
      const alpha = coverage[row * side + column];
      if (alpha) pixels[offset + column] = over(pixels[offset + column], color, alpha);
    }
  }
}

/** One colour over what is there already. @param {number} below @param {number} color @param {number} alpha 1 to 255 */
function over(below, color, alpha) {
  if (alpha > 250) return (color | 0xff000000) >>> 0;
  if (below === 0) return (color | (alpha << 24)) >>> 0;
  const rest = 255 - alpha;
  const red = ((color & 255) * alpha + (below & 255) * rest) / 255;
  const green = (((color >> 8) & 255) * alpha + ((below >> 8) & 255) * rest) / 255;
  const blue = (((color >> 16) & 255) * alpha + ((below >> 16) & 255) * rest) / 255;
  return (red | (green << 8) | (blue << 16) | (Math.max(alpha, below >>> 24) << 24)) >>> 0;
}
