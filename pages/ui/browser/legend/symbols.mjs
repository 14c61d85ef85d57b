/**
 * Plotly's marker names as outlines about the origin, for the legend, the facts and the points themselves, in plotly's
 * sizes.
 */

/** @type {Record<string, (r: number) => Corners>} */
const CORNERS = {
  circle: (r) => around(32, r, 0),
  square: (r) => [[-r, -r], [r, -r], [r, r], [-r, r]],
  diamond: (r) => around(4, 1.3 * r, 0),
  "triangle-up": (r) => around(3, 1.2 * r, -90),
  "triangle-down": (r) => around(3, 1.2 * r, 90),
  pentagon: (r) => around(5, r * 1.1, -90),
  hexagon: (r) => around(6, r * 1.1, -90),
  cross: (r) => plus(0.4 * r, 1.2 * r, 0),
  x: (r) => plus(0.4 * r, 1.2 * r, 45),
  star: (r) => zigzag(5, 1.4 * r, 0.6 * r),
};

/** The corners of a symbol. @param {string} name another than plotly's is a circle @param {number} r radius @returns {Corners} */
export const cornersOf = (name, r) => (CORNERS[name] ?? CORNERS.circle)(r);

/** The outline of a symbol as SVG path data. @param {string} name @param {number} r radius @returns {string} */
export const outline = (name, r) => `M${cornersOf(name, r).map(([x, y]) => `${round(x)},${round(y)}`).join("L")}Z`;

/** @typedef {[number, number][]} Corners */

/** @param {number} count @param {number} r @param {number} startDegrees @returns {Corners} */
function around(count, r, startDegrees) {
  return Array.from({ length: count }, (_, index) => turned(r, 0, startDegrees + (360 * index) / count));
}

/** @param {number} arm half its width @param {number} reach @param {number} degrees @returns {Corners} */
function plus(arm, reach, degrees) {
  const quarter = [[reach, -arm], [reach, arm], [arm, arm]];
  return [0, 90, 180, 270].flatMap((turn) => quarter.map(([x, y]) => turned(x, y, turn + degrees)));
}

/** @param {number} points @param {number} outer @param {number} inner @returns {Corners} */
function zigzag(points, outer, inner) {
  const corners = Array.from({ length: 2 * points }, (_, index) => index);
  return corners.map((index) => turned(index % 2 ? inner : outer, 0, -90 + (180 * index) / points));
}

/** @param {number} x @param {number} y @param {number} degrees @returns {[number, number]} */
function turned(x, y, degrees) {
  const angle = (degrees * Math.PI) / 180;
  return [x * Math.cos(angle) - y * Math.sin(angle), x * Math.sin(angle) + y * Math.cos(angle)];
}

/** @param {number} value */
const round = (value) => Math.round(value * 100) / 100;

/** A symbol as an SVG element. @param {string} name @param {number} size in pixels @returns {SVGSVGElement} */
export function swatch(name, size) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  svg.setAttribute("viewBox", `${-size / 2} ${-size / 2} ${size} ${size}`);
  svg.setAttribute("width", String(size));
  svg.setAttribute("height", String(size));
  svg.setAttribute("aria-hidden", "true");
  path.setAttribute("d", outline(name, size * 0.34));
  svg.append(path);
  return svg;
}
