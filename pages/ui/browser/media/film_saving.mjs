import { gifOf, loadGifenc, pngStrip } from "./gif.mjs";
import { toRgba } from "./painter.mjs";
import { alongPath, flattened } from "../maths/paths.mjs";

/** @import { Decoder } from "../model/decoder.mjs" */

const GIF_FRAMES = 48;
const GIF_SIDE = 224;
const GIF_DELAY_MS = 60;

/**
 * Keep a path's film as a file: there and back as a GIF of many frames, or its own frames side by side as a PNG.
 * @param {"gif" | "png"} kind @param {Float64Array[]} path @param {Decoder} decoder
 * @param {{shape: [number, number, number], gifenc: string, name: string}} what
 * Throws Explained where the encoder cannot be loaded.
 */
export async function saveFilm(kind, path, decoder, { shape, gifenc, name }) {
  const [, height, width] = shape;
  const scale = Math.max(1, Math.round(GIF_SIDE / Math.max(height, width)));
  if (kind === "png") {
    const sheet = await pngStrip(await framesOf(path, decoder, shape), width, height, { scale: Math.ceil(scale / 2) });
    return download(sheet, `${name}.png`);
  }
  const smooth = Array.from({ length: GIF_FRAMES }, (_, at) => alongPath(path, at / (GIF_FRAMES - 1)));
  const frames = await framesOf(smooth, decoder, shape);
  const thereAndBack = [...frames, ...frames.slice(1, -1).reverse()];
  const bytes = gifOf(await loadGifenc(gifenc), thereAndBack, width, height, { delayMs: GIF_DELAY_MS, scale });
  download(new Blob([/** @type {BlobPart} */ (bytes)], { type: "image/gif" }), `${name}.gif`);
}

/**
 * @param {Float64Array[]} path @param {Decoder} decoder @param {[number, number, number]} shape
 * @returns {Promise<Uint8ClampedArray[]>} RGBA, opaque
 */
async function framesOf(path, decoder, [channels, height, width]) {
  const images = await decoder.decodeBatch(flattened(path), path.length);
  const pixels = channels * height * width;
  return path.map((_, at) => {
    const rgba = new Uint8ClampedArray(4 * height * width);
    toRgba(images.subarray(at * pixels, (at + 1) * pixels), channels, rgba);
    return rgba;
  });
}

/** Let the browser save it. @param {Blob} blob @param {string} name */
export function download(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000); // the browser reads it in its own time
}
