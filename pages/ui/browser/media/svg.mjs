import { Explained } from "../lib/fetching.mjs";

/** Drawings in SVG: they may have no size, and must neither run nor load anything. */

/** The longer side of a drawing that says nothing of its size, in pixels. */
const SIDE_PX = 512;

/** CSS pixels per unit; what depends on the surroundings (%, em) is no size of the drawing's own. */
const UNITS = { "": 1, px: 1, in: 96, cm: 96 / 2.54, mm: 96 / 25.4, pt: 96 / 72, pc: 16 };

/** @param {string | null} text @returns {number} pixels, 0 for no size */
function pixels(text) {
  const [, number, unit] = /^\s*\+?(\d*\.?\d+(?:e[+-]?\d+)?)\s*([a-z]*)\s*$/i.exec(text ?? "") ?? [];
  const scale = UNITS[/** @type {keyof typeof UNITS} */ (unit?.toLowerCase())];
  return scale ? Number(number) * scale : 0;
}

/**
 * A drawing's own size; its proportions at 512 pixels if it has none; a square if it has not even those.
 * @param {{width: string | null, height: string | null, viewBox: string | null}} attributes of the root element
 * @returns {{width: number, height: number}} pixels
 */
export function svgSize({ width, height, viewBox }) {
  const [wide, high] = [pixels(width), pixels(height)];
  if (wide && high) return { width: wide, height: high };
  const [, , boxWidth, boxHeight] = (viewBox ?? "").trim().split(/[\s,]+/).map(Number);
  const ratio = boxWidth > 0 && boxHeight > 0 ? boxWidth / boxHeight : 1;
  if (wide) return { width: wide, height: wide / ratio };
  if (high) return { width: high * ratio, height: high };
  return ratio > 1 ? { width: SIDE_PX, height: SIDE_PX / ratio } : { width: SIDE_PX * ratio, height: SIDE_PX };
}

/**
 * A drawing's address for an <img>, in which nothing runs and nothing is loaded, and its size.
 * A data URL, because with one of a blob some browsers let nobody read the pixels of what has a foreignObject.
 * @param {string} text @param {string} name of the file, to begin a sentence with
 * @returns {{url: string, width: number, height: number}}
 * Throws Explained where the text is no SVG.
 */
export function svgAddress(text, name) {
  const drawing = new DOMParser().parseFromString(text, "image/svg+xml"); // parsing neither runs nor loads anything
  const root = drawing.documentElement;
  if (root.localName !== "svg" || drawing.querySelector("parsererror")) {
    throw new Explained(`${name} is no readable SVG: its XML is damaged; save it again, or as PNG.`);
  }
  const [width, height, viewBox] = ["width", "height", "viewBox"].map((attribute) => root.getAttribute(attribute));
  const size = svgSize({ width, height, viewBox });
  root.setAttribute("width", String(size.width));
  root.setAttribute("height", String(size.height));
  const source = new XMLSerializer().serializeToString(drawing);
  return { url: `data:image/svg+xml;charset=utf-8,${encodeURIComponent(source)}`, ...size };
}
