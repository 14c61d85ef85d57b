import { Explained, fetchOrExplain } from "../lib/fetching.mjs";
import { provider } from "../lib/provider.mjs";
import { expectHonestCanvas } from "./read_back.mjs";

/**
 * What we use of the library gifenc.
 * @typedef {object} Gifenc
 * @property {() => GifWriter} GIFEncoder
 * @property {(rgba: Uint8ClampedArray, most: number) => number[][]} quantize
 * @property {(rgba: Uint8ClampedArray, palette: number[][]) => Uint8Array} applyPalette
 *
 * @typedef {object} GifWriter
 * @property {(indexes: Uint8Array, width: number, height: number, options: object) => void} writeFrame
 * @property {() => void} finish
 * @property {() => Uint8Array} bytes
 */

/** What a GIF's palette holds. */
const MOST_COLORS = 256;

/**
 * The library, loaded when the first film is saved.
 * @param {string} address @returns {Promise<Gifenc>}
 * Throws Explained where it cannot be had.
 */
export async function loadGifenc(address) {
  const held = provider();
  if (held) return held.gifenc();
  try {
    return await import(address);
  } catch {
    await fetchOrExplain(address, "The GIF encoder");
    throw new Explained("The GIF encoder could not be read in this browser; save the film as a picture instead.");
  }
}

/**
 * An animated GIF that repeats for ever. Up to 256 colours, as in every grey film, are kept exactly.
 * @param {Gifenc} gifenc @param {readonly Uint8ClampedArray[]} frames RGBA, opaque
 * @param {number} width of a frame @param {number} height
 * @param {{delayMs?: number, scale?: number}} [options] delayMs: of a frame, to the nearest hundredth of a second;
 *   scale: a whole number, so that pixels stay square and sharp
 * @returns {Uint8Array}
 */
export function gifOf(gifenc, frames, width, height, { delayMs = 80, scale = 1 } = {}) {
  const writer = gifenc.GIFEncoder();
  const exact = commonColors(frames);
  for (const [index, frame] of frames.entries()) {
    const palette = exact ? [...exact.keys()].map(rgbOf) : gifenc.quantize(frame, MOST_COLORS);
    const indexes = exact ? indexesOf(frame, exact) : gifenc.applyPalette(frame, palette);
    const isFirst = index === 0;
    writer.writeFrame(enlarged(indexes, width, height, scale), width * scale, height * scale, {
      palette: isFirst || !exact ? palette : undefined, // the first frame's holds for all that bring none
      delay: delayMs,
      repeat: 0,
    });
  }
  writer.finish();
  return writer.bytes();
}

/** A palette is made of so many pixels at most. */
const PALETTE_PIXELS = 400_000;

/**
 * An animated GIF whose frames come one by one, in a palette made beforehand: nothing but the file is kept.
 * @param {Gifenc} gifenc @param {readonly Uint8ClampedArray[]} samples RGBA, in which every colour occurs
 * @param {number} width of a frame @param {number} height
 * @returns {{add: (frame: Uint8ClampedArray, delayMs: number) => void, finish: () => Uint8Array}}
 */
export function gifWriter(gifenc, samples, width, height) {
  const writer = gifenc.GIFEncoder();
  const palette = gifenc.quantize(thinned(samples), MOST_COLORS);
  let isFirst = true;
  return {
    add(frame, delay) {
      const options = { palette: isFirst ? palette : undefined, delay, repeat: 0 };
      writer.writeFrame(gifenc.applyPalette(frame, palette), width, height, options);
      isFirst = false;
    },
    finish() {
      writer.finish();
      return writer.bytes();
    },
  };
}

/** Some of all pixels. @param {readonly Uint8ClampedArray[]} frames RGBA, of one size */
function thinned(frames) {
  const pixels = frames.reduce((sum, frame) => sum + frame.length / 4, 0);
  const every = Math.max(1, Math.ceil(pixels / PALETTE_PIXELS));
  const all = frames.map((frame) => new Uint32Array(frame.buffer, frame.byteOffset, frame.length / 4));
  const some = all.flatMap((frame) => [...frame.filter((_, index) => index % every === 0)]);
  return new Uint8ClampedArray(Uint32Array.from(some).buffer);
}

/**
 * Every colour of the film with its number, or null if they are more than a palette holds.
 * @param {readonly Uint8ClampedArray[]} frames
 */
function commonColors(frames) {
  /** @type {Map<number, number>} */
  const colors = new Map();
  for (const frame of frames) {
    for (let index = 0; index < frame.length; index += 4) {
      const color = colorAt(frame, index);
      if (!colors.has(color)) colors.set(color, colors.size);
    }
    if (colors.size > MOST_COLORS) return null;
  }
  return colors;
}

/** @param {Uint8ClampedArray} rgba @param {number} index */
const colorAt = (rgba, index) => (rgba[index] << 16) | (rgba[index + 1] << 8) | rgba[index + 2];

/** @param {number} color */
const rgbOf = (color) => [color >> 16, (color >> 8) & 255, color & 255];

/** @param {Uint8ClampedArray} frame @param {Map<number, number>} colors */
function indexesOf(frame, colors) {
  return Uint8Array.from({ length: frame.length / 4 }, (_, index) => colors.get(colorAt(frame, 4 * index)) ?? 0);
}

/** @param {Uint8Array} indexes @param {number} width @param {number} height @param {number} scale */
function enlarged(indexes, width, height, scale) {
  if (scale === 1) return indexes;
  const large = new Uint8Array(indexes.length * scale * scale);
  for (let y = 0, to = 0; y < height * scale; y++) {
    const from = Math.floor(y / scale) * width;
    for (let x = 0; x < width * scale; x++) large[to++] = indexes[from + Math.floor(x / scale)];
  }
  return large;
}

/**
 * @typedef {object} SheetOptions
 * @property {number} [columns] all in one row by default
 * @property {number} [scale] a whole number
 * @property {number} [gap] pixels between frames and around them
 * @property {string} [ground] the colour between frames
 */

/**
 * Where the frames of a contact sheet lie, in pixels.
 * @param {number} count @param {number} width of a frame @param {number} height @param {SheetOptions} [options]
 * @returns {{width: number, height: number, corners: [number, number][]}}
 */
export function sheetLayout(count, width, height, { columns = count, scale = 1, gap = 2 } = {}) {
  const across = Math.max(1, Math.min(columns, count));
  const [stepX, stepY] = [width * scale + gap, height * scale + gap];
  return {
    width: gap + across * stepX,
    height: gap + Math.ceil(count / across) * stepY,
    corners: Array.from({ length: count }, (_, index) => [
      gap + (index % across) * stepX,
      gap + Math.floor(index / across) * stepY,
    ]),
  };
}

/**
 * All frames side by side, as a PNG.
 * @param {readonly Uint8ClampedArray[]} frames RGBA @param {number} width of a frame @param {number} height
 * @param {SheetOptions} [options] @returns {Promise<Blob>}
 */
export async function pngStrip(frames, width, height, options = {}) {
  await expectHonestCanvas();
  const { scale = 1, ground = "white" } = options;
  const layout = sheetLayout(frames.length, width, height, options);
  const sheet = new OffscreenCanvas(layout.width, layout.height);
  const one = new OffscreenCanvas(width, height);
  const [to, from] = [sheet.getContext("2d"), one.getContext("2d")];
  if (!to || !from) throw new Explained("This browser could not draw the film strip; try another browser.");
  to.fillStyle = ground;
  to.fillRect(0, 0, layout.width, layout.height);
  to.imageSmoothingEnabled = false;
  const pixels = new ImageData(width, height);
  frames.forEach((frame, index) => {
    pixels.data.set(frame);
    from.putImageData(pixels, 0, 0);
    to.drawImage(one, ...layout.corners[index], width * scale, height * scale);
  });
  return sheet.convertToBlob({ type: "image/png" });
}
