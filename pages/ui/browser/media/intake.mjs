import { Explained } from "../lib/fetching.mjs";
import { readBack } from "./read_back.mjs";
import { formatOf, HEAD_BYTES, isAnimated } from "./formats.mjs";

/** @import { Format } from "./formats.mjs" */

/** From a file that somebody chose, dropped or pasted to pixels; every refusal is one sentence. */

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
    return await pixelsOf(bitmap, fitted, name);
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
  return { ...(await pixelsOf(image, fit(size), name)), note: "" };
}

/**
 * @param {ImageBitmap | HTMLImageElement} source @param {{width: number, height: number}} size @param {string} name
 * @returns {Promise<Omit<Picture, "note">>}
 */
async function pixelsOf(source, { width, height }, name) {
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  try {
    if (!context) throw new TypeError("no canvas");
    context.imageSmoothingQuality = "high";
    context.drawImage(source, 0, 0, width, height);
    return { rgba: await readBack(canvas), width, height };
  } catch (error) {
    if (error instanceof Explained) throw error;
    throw new Explained(`${name} could not be read: this browser does not give its pixels away; save it as PNG.`);
  }
}

/** @param {string} name @param {Format | null} format */
function undecodable(name, format) {
  const kind = format ? `this browser cannot read its ${format.name}` : "it is of a kind that this browser cannot read";
  return new Explained(`${name} could not be decoded: it is damaged, or ${kind}; save it as PNG or JPEG.`);
}

/** The image in what was dropped or pasted, or a sentence on what was there instead. */

/** @typedef {DataTransfer | ClipboardEvent | DragEvent | readonly ClipboardItem[]} Transfer */

const EXTENSION = /\.(png|apng|jpe?g|jfif|gif|webp|avif|heic|heif|jxl|bmp|ico|tiff?|svg)$/i;

/**
 * The first image of a drop, a paste, or `navigator.clipboard.read()`. Call it while the event is being handled: later
 * the browser has emptied it.
 * @param {Transfer} transfer
 * @returns {Promise<Blob>}
 * Throws Explained where there is none.
 */
export async function imageFrom(transfer) {
  if (Array.isArray(transfer)) return fromClipboard(transfer);
  return fromTransfer(dataOf(/** @type {DataTransfer | ClipboardEvent | DragEvent} */ (transfer)));
}

/** @param {DataTransfer | ClipboardEvent | DragEvent} source @returns {DataTransfer | null} */
function dataOf(source) {
  if ("clipboardData" in source) return source.clipboardData;
  return "dataTransfer" in source ? source.dataTransfer : source;
}

/** @param {DataTransfer | null} data @returns {Blob} */
function fromTransfer(data) {
  const files = [...(data?.files ?? [])];
  const image =
    files.find(({ type }) => type.startsWith("image/")) ??
    files.find(({ type, name }) => !type && EXTENSION.test(name)); // systems do not know every image's type
  if (image) return image;
  throw instead(files.length ? files.map(({ name }) => `“${name}”`) : [...(data?.types ?? [])].map(contentOf));
}

/** @param {readonly ClipboardItem[]} items @returns {Promise<Blob>} */
async function fromClipboard(items) {
  for (const item of items) {
    const type = item.types.find((each) => each.startsWith("image/"));
    if (type) return item.getType(type);
  }
  throw instead(items.flatMap(({ types }) => types.map(contentOf)));
}

/** @param {string} type @returns {string} */
function contentOf(type) {
  if (type === "Files") return "a folder";
  if (/uri|url/i.test(type)) return "a link";
  return type.startsWith("text/") ? "text" : type;
}

/** @param {string[]} contents @returns {Explained} */
function instead(contents) {
  if (contents.includes("a link")) {
    return new Explained(
      "There is no image here: expected one, got a link; save the image behind it as a file and choose that.",
    );
  }
  const [first = "nothing", ...others] = new Set(contents);
  const got = others.length ? `${first} and ${others.length} more` : first;
  return new Explained(`There is no image here: expected one, got ${got}; copy or choose an image file.`);
}

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
function svgAddress(text, name) {
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
