import { Explained } from "../lib/fetching.mjs";

/** The pixels of a canvas as they were drawn: against fingerprinting, some browsers give others, and do not say so. */

/** @typedef {(canvas: OffscreenCanvas) => Promise<Uint8ClampedArray>} Reader gives RGBA, straight alpha */

/** Pixels on a side of the pattern by which a reader is tried. */
const SIDE = 16;

const HIDDEN =
  "This browser hides from a page what the page has drawn, as a protection against fingerprinting, so the pixels would be " +
  "wrong; allow this page to read its canvas, or use another browser.";

/** @type {Promise<Reader | null> | null} found out once, when pixels are wanted first */
let reader = null;
/** @type {Promise<boolean> | null} */
let directIsRight = null;

/**
 * @param {OffscreenCanvas} canvas with a 2D context
 * @returns {Promise<Uint8ClampedArray>} height·width·4, RGBA, straight alpha
 * Throws Explained where the browser gives other pixels in every way there is, and what it throws of a canvas that
 * nobody may read.
 */
export async function readBack(canvas) {
  reader ??= firstRight([direct, byVideoFrame]);
  const read = await reader;
  if (!read) throw new Explained(HIDDEN);
  return read(canvas);
}

/** For what the browser itself makes a file of. Throws Explained where that would show other pixels than were drawn. */
export async function expectHonestCanvas() {
  directIsRight ??= isRight(direct);
  if (!(await directIsRight)) throw new Explained(HIDDEN);
}

/** @type {Reader} */
async function direct(canvas) {
  const context = /** @type {OffscreenCanvasRenderingContext2D} */ (canvas.getContext("2d"));
  return context.getImageData(0, 0, canvas.width, canvas.height).data;
}

/** As a frame of a film, which is meant to be read. @type {Reader} */
async function byVideoFrame(canvas) {
  const frame = new VideoFrame(canvas, { timestamp: 0 });
  try {
    /** @type {any} what TypeScript's words for it do not know yet */
    const format = { format: "RGBA" };
    const rgba = new Uint8ClampedArray(frame.allocationSize(format));
    await frame.copyTo(rgba, format);
    return straight(rgba);
  } finally {
    frame.close();
  }
}

/** A frame's colours are multiplied by its alpha. @param {Uint8ClampedArray} rgba changed in place */
function straight(rgba) {
  for (let at = 0; at < rgba.length; at += 4) {
    const alpha = rgba[at + 3];
    if (alpha === 0 || alpha === 255) continue;
    for (let channel = at; channel < at + 3; channel++) rgba[channel] = (255 * rgba[channel]) / alpha;
  }
  return rgba;
}

/** @param {readonly Reader[]} readers */
async function firstRight(readers) {
  for (const each of readers) if (await isRight(each)) return each;
  return null;
}

/** Whether a reader gives back a pattern to the last bit; what is off in a few pixels would be off in an image, too. @param {Reader} read */
async function isRight(read) {
  const pattern = new ImageData(SIDE, SIDE);
  for (let at = 0; at < pattern.data.length; at++) pattern.data[at] = at % 4 === 3 ? 255 : (at * 89 + (at >> 4) * 31) % 256;
  const canvas = new OffscreenCanvas(SIDE, SIDE);
  canvas.getContext("2d", { willReadFrequently: true })?.putImageData(pattern, 0, 0);
  const got = await read(canvas).catch(() => null);
  return got !== null && got.length === pattern.data.length && pattern.data.every((value, at) => value === got[at]);
}
