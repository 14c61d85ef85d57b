import { hookText } from "../lib/format.mjs";

/** @import { Point } from "../lib/types.mjs" */

/**
 * The part of latent space that the map shows, and the rectangle of pixels it fills.
 * @typedef {object} View
 * @property {number} left pixels from the map's left edge to the plot area
 * @property {number} top
 * @property {number} width
 * @property {number} height
 * @property {Point} x from, to
 * @property {Point} y from, to; y grows upwards
 */

/** Space around the plot area for the axes: equal sums, so that a square box holds a square plot. */
export const MARGIN = { left: 44, right: 8, top: 8, bottom: 44 };

/** Half-widths of the map, in units of z. The prior needs about 4; other codes may need more. */
const HALF_WIDTHS = [4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 256, 512, 1024];

/** @param {View} view @param {readonly number[]} z @returns {Point} */
export function toPixels(view, [x, y]) {
  return [
    view.left + ((x - view.x[0]) / (view.x[1] - view.x[0])) * view.width,
    view.top + ((view.y[1] - y) / (view.y[1] - view.y[0])) * view.height,
  ];
}

/** @param {View} view @param {readonly number[]} pixels @returns {Point} */
export function toLatent(view, [px, py]) {
  return [
    view.x[0] + ((px - view.left) / view.width) * (view.x[1] - view.x[0]),
    view.y[1] - ((py - view.top) / view.height) * (view.y[1] - view.y[0]),
  ];
}

/** The nearest place inside the plot area. @param {View} view @param {readonly number[]} pixels @returns {Point} */
export function clampPixels(view, [px, py]) {
  return [clamp(px, view.left, view.left + view.width), clamp(py, view.top, view.top + view.height)];
}

/** @param {View} view @param {readonly number[]} pixels @returns {boolean} */
export function isInside(view, [px, py]) {
  const slack = 0.5;
  return (
    px >= view.left - slack &&
    px <= view.left + view.width + slack &&
    py >= view.top - slack &&
    py <= view.top + view.height + slack
  );
}

/** How far below 0 a map of one latent dimension begins, as a share of half its width: above are its points. */
export const HOME_FLOOR = 0.25;

/**
 * The view before anything was zoomed.
 * @param {number} width of the box @param {number} height @param {number} half
 * @param {number} [floor] how far it goes below 0, as a share of half
 */
export function homeView(width, height, half, floor = 1) {
  return /** @type {View} */ ({
    left: MARGIN.left,
    top: MARGIN.top,
    width: Math.max(1, width - MARGIN.left - MARGIN.right),
    height: Math.max(1, height - MARGIN.top - MARGIN.bottom),
    x: [-half, half],
    y: [-floor * half, (2 - floor) * half],
  });
}

/** Both ranges scaled about their middle; a factor under 1 zooms in. @param {View} view @param {number} factor */
export function scaledRanges(view, factor) {
  /** @param {Point} range @returns {Point} */
  const scaled = ([from, to]) => {
    const [middle, half] = [(from + to) / 2, ((to - from) / 2) * factor];
    return [middle - half, middle + half];
  };
  return { x: scaled(view.x), y: scaled(view.y) };
}

/** What the address keeps of a view: its middle and half its width. The map is to scale. @param {Pick<View, "x" | "y">} view */
export function viewText({ x, y }) {
  return hookText([(x[0] + x[1]) / 2, (y[0] + y[1]) / 2, (x[1] - x[0]) / 2]);
}

/** The ranges that `viewText` has kept, null for none. @param {string} text @returns {{x: Point, y: Point} | null} */
export function rangesFrom(text) {
  const [x, y, half] = text.split(",").map(Number);
  return half > 0 ? { x: [x - half, x + half], y: [y - half, y + half] } : null;
}

/** The smallest step of half-widths that reaches `extent`. @param {number} extent @returns {number} */
export function halfWidthFor(extent) {
  return HALF_WIDTHS.find((half) => extent <= half) ?? HALF_WIDTHS[HALF_WIDTHS.length - 1];
}

/** @param {number} value @param {number} low @param {number} high */
export const clamp = (value, low, high) => Math.min(high, Math.max(low, value));

/** Twenty steps of 0.05 make 1, not 1.0000000000000002. @param {number} value */
export const tidy = (value) => Math.round(value * 1e6) / 1e6;

/** @param {ArrayLike<number>} x @param {ArrayLike<number>} y @param {number} share @returns {number} what this share of them reaches */
export function extentOf(x, y, share) {
  const reach = Float32Array.from(x, (value, row) => Math.max(Math.abs(value), Math.abs(y[row]))).sort();
  return reach.length ? reach[Math.min(reach.length - 1, Math.floor(share * reach.length))] : 0;
}

const DIRECTIONS = 16;

/**
 * The place around a handle that is farthest from all others, inside the view.
 * @param {Point} around @param {Point[]} others @param {View} view
 * @param {number} [directions] to look in, to the right first: 2 of a line, which only goes to both sides
 * @returns {Point}
 */
export function roomiest([x, y], others, view, directions = DIRECTIONS) {
  const reach = 0.2 * (view.x[1] - view.x[0]);
  const places = Array.from({ length: directions }, (_, turn) => {
    const angle = (2 * Math.PI * turn) / directions;
    return /** @type {Point} */ ([
      clamp(x + reach * Math.cos(angle), view.x[0] + reach / 4, view.x[1] - reach / 4),
      clamp(y + reach * Math.sin(angle), view.y[0] + reach / 4, view.y[1] - reach / 4),
    ]);
  });
  const room = places.map(([px, py]) => Math.min(Infinity, ...others.map(([ox, oy]) => Math.hypot(px - ox, py - oy))));
  return places[room.indexOf(Math.max(...room))];
}

/**
 * Whether a place lies inside an outline: a ray to the right crosses it an odd number of times.
 * @param {readonly Point[]} outline closed by itself @param {number} x @param {number} y
 */
export function isInOutline(outline, x, y) {
  let isIn = false;
  for (let here = 0, before = outline.length - 1; here < outline.length; before = here++) {
    const [ax, ay] = outline[before];
    const [bx, by] = outline[here];
    if (ay > y !== by > y && x < ax + ((y - ay) / (by - ay)) * (bx - ax)) isIn = !isIn;
  }
  return isIn;
}
