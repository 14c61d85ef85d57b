import { Explained } from "../lib/fetching.mjs";
import { HEAD_BYTES, formatOf, isAnimated } from "./formats.mjs";
import { svgAddress } from "./svg.mjs";

export { toModel } from "./model_image.mjs";
export { imageFrom } from "./transfers.mjs";

/** From a file that somebody chose, dropped or pasted to pixels; every refusal is one sentence. */

/** @import { Format } from "./formats.mjs" */

/**
 * @typedef {object} Picture
 * @property {Uint8ClampedArray} rgba height·width·4, straight alpha, upright
 * @property {number} width at most LONGEST, as is the height
 * @property {number} height
 * @property {string} note what a person should know of how it was read, "" for nothing
 */

/** More decoded pixels would take 200 MB and more of memory. */
const MOST_MEGAPIXELS = 50;
/** Pixels on the longer side that reach us; the browser shrinks what has more while it decodes. */
export const LONGEST = 1024;

const CHOOSE = "choose a PNG, JPEG, WebP, GIF or SVG";

/**
 * @param {Blob} blob a file, or an image from the clipboard
 * @param {AbortSignal} [signal]
 * @returns {Promise<Picture>}
 * Throws Explained for what is no image, is empty, is too large or cannot be decoded; the signal's reason when aborted.
 */
export async function readImage(blob, signal) {
  const name = nameOf(blob);
  if (!blob.size) throw new Explained(`${name} is empty: expected an image; ${CHOOSE}.`);
  const head = await bytesOf(blob.slice(0, HEAD_BYTES), name);
  const format = formatOf(head);
  signal?.throwIfAborted();
  if (!format && !blob.type.startsWith("image/")) {
    throw new Explained(`${name} is no image: expected one, got ${blob.type || "a file of another kind"}; ${CHOOSE}.`);
  }
  if (format?.name === "SVG") return readDrawing(blob, name, signal);
  // Some browsers go by the type, and it comes from the file's name.
  const typed = format ? blob.slice(0, blob.size, format.type) : blob;
  const picture = await readBitmap(typed, name, format, signal);
  const whole = format?.name === "GIF" ? await bytesOf(blob, name) : head;
  signal?.throwIfAborted();
  const isMoving = format !== null && isAnimated(format, whole);
  return { ...picture, note: isMoving ? `This ${format.name} is animated; its first frame is used.` : "" };
}

/** @param {Blob} blob @returns {string} to begin a sentence with */
function nameOf(blob) {
  const name = "name" in blob ? String(blob.name) : "";
  return name ? `“${name.length > 60 ? `${name.slice(0, 59)}…` : name}”` : "The image";
}

/** @param {Blob} blob @param {string} name @returns {Promise<Uint8Array>} */
async function bytesOf(blob, name) {
  try {
    return new Uint8Array(await blob.arrayBuffer());
  } catch {
    throw new Explained(`${name} could not be read: it was moved or changed meanwhile; choose it again.`);
  }
}

/**
 * @param {Blob} blob @param {string} name @param {Format | null} format @param {AbortSignal} [signal]
 * @returns {Promise<Omit<Picture, "note">>}
 */
async function readBitmap(blob, name, format, signal) {
  const size = await naturalSize(blob).catch(() => null);
  signal?.throwIfAborted();
  if (!size?.width || !size.height) throw undecodable(name, format);
  const megapixels = (size.width * size.height) / 1e6;
  if (megapixels > MOST_MEGAPIXELS) {
    throw new Explained(
      `${name} has ${Math.ceil(megapixels)} megapixels, expected at most ${MOST_MEGAPIXELS}; make it smaller first.`,
    );
  }
  const fitted = fit(size);
  const bitmap = await decode(blob, size, fitted).catch(() => null);
  try {
    signal?.throwIfAborted();
    if (!bitmap) throw undecodable(name, format);
    return pixelsOf(bitmap, fitted, name);
  } finally {
    bitmap?.close();
  }
}

/**
 * The size as shown, from the file's head alone: nothing is decoded for it, so that it can be refused.
 * @param {Blob} blob
 */
async function naturalSize(blob) {
  const url = URL.createObjectURL(blob);
  try {
    const { naturalWidth, naturalHeight } = await load(url);
    return { width: naturalWidth, height: naturalHeight };
  } finally {
    URL.revokeObjectURL(url);
  }
}

/** @param {string} url @returns {Promise<HTMLImageElement>} */
function load(url) {
  return new Promise((resolve, reject) => {
    const image = new Image();
    image.onload = () => resolve(image);
    image.onerror = reject;
    image.src = url;
  });
}

/**
 * The first frame, upright: both are what browsers do unasked.
 * @param {Blob} blob @param {{width: number, height: number}} size @param {{width: number, height: number}} fitted
 * @returns {Promise<ImageBitmap>}
 */
function decode(blob, size, { width, height }) {
  if (width === size.width && height === size.height) return createImageBitmap(blob);
  return createImageBitmap(blob, { resizeWidth: width, resizeHeight: height, resizeQuality: "high" });
}

/**
 * Whole pixels, shrunk to at most LONGEST.
 * @param {{width: number, height: number}} size @returns {{width: number, height: number}}
 */
export function fit({ width, height }) {
  const scale = Math.min(1, LONGEST / Math.max(width, height));
  return { width: Math.max(1, Math.round(scale * width)), height: Math.max(1, Math.round(scale * height)) };
}

/**
 * @param {Blob} blob @param {string} name @param {AbortSignal} [signal]
 * @returns {Promise<Picture>}
 */
async function readDrawing(blob, name, signal) {
  const { url, ...size } = svgAddress(new TextDecoder().decode(await bytesOf(blob, name)), name);
  const image = await load(url).catch(() => null);
  signal?.throwIfAborted();
  if (!image) throw undecodable(name, { name: "SVG", type: blob.type });
  return { ...pixelsOf(image, fit(size), name), note: "" };
}

/**
 * @param {ImageBitmap | HTMLImageElement} source @param {{width: number, height: number}} size @param {string} name
 * @returns {Omit<Picture, "note">}
 */
function pixelsOf(source, { width, height }, name) {
  const context = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
  try {
    if (!context) throw new TypeError("no canvas");
    context.imageSmoothingQuality = "high";
    context.drawImage(source, 0, 0, width, height);
    return { rgba: context.getImageData(0, 0, width, height).data, width, height };
  } catch {
    throw new Explained(`${name} could not be read: this browser does not give its pixels away; save it as PNG.`);
  }
}

/** @param {string} name @param {Format | null} format */
function undecodable(name, format) {
  const kind = format ? `this browser cannot read its ${format.name}` : "it is of a kind that this browser cannot read";
  return new Explained(`${name} could not be decoded: it is damaged, or ${kind}; save it as PNG or JPEG.`);
}
