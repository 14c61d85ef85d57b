/** The map as a picture of its own: what lies on it, layer by layer, in one SVG document. */

/** @import { Theme } from "../lib/theme.mjs" */

/**
 * One layer, the lowest first: pixels by their data address, plotly's own drawing, or the handles.
 * @typedef {{image: string, opacity: number} | {svg: string} | {handles: Ring[]}} Part
 *
 * @typedef {object} Ring
 * @property {number} x in pixels of the map
 * @property {number} y
 * @property {string} number
 * @property {string} name "" for none
 * @property {boolean} isActive
 */

const RADIUS = 13;

/**
 * @param {readonly [number, number]} size in pixels @param {readonly Part[]} parts @param {Theme} theme
 * @returns {string} an SVG document
 */
export function pictureOf([width, height], parts, theme) {
  const layers = parts.map((part) => {
    if ("svg" in part) return part.svg;
    if ("handles" in part) return part.handles.map((ring) => ringOf(ring, theme)).join("");
    return `<image href="${part.image}" width="${width}" height="${height}" opacity="${part.opacity}"/>`;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">`,
    `<rect width="${width}" height="${height}" fill="${escaped(theme.ground)}"/>`,
    ...layers,
    "</svg>",
  ].join("");
}

/** @param {Ring} ring @param {Theme} theme */
function ringOf({ x, y, number, name, isActive }, { ground, ink, accent, font }) {
  const [stroke, width] = isActive ? [accent, 3.5] : [ink, 2.5];
  const words = `font-family="${escaped(font)}" fill="${escaped(ink)}" text-anchor="middle"`;
  const tag = name && `<text y="${RADIUS + 17}" font-size="14" ${words}>${escaped(name)}</text>`;
  return [
    `<g transform="translate(${x} ${y})">`,
    `<circle r="${RADIUS}" fill="${escaped(ground)}" stroke="${escaped(stroke)}" stroke-width="${width}"/>`,
    `<text y="5" font-size="14" font-weight="600" ${words}>${escaped(number)}</text>${tag}</g>`,
  ].join("");
}

/** @param {string} text */
const escaped = (text) =>
  text.replace(/[&<>"]/g, (sign) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[sign] ?? sign);

/**
 * An SVG document as pixels.
 * @param {string} svg @param {readonly [number, number]} size of it @param {number} ratio pixels of the picture to one of these
 * @returns {Promise<Blob>} a PNG
 * Throws where the browser cannot draw it.
 */
export async function toPng(svg, [width, height], ratio) {
  const image = new Image(width, height);
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;
  await image.decode();
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [ratio * width, ratio * height];
  canvas.getContext("2d")?.drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve, reject) => canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("no picture"))), "image/png"));
}
