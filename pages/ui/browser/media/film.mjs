import { gifOf, loadGifenc, pngStrip } from "./gif.mjs";
import { toRgba } from "./painter.mjs";
import { alongPath, flattened } from "../maths/paths.mjs";
import { clamp } from "../maths/coordinates.mjs";

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
  const smooth = Array.from({ length: GIF_FRAMES }, (_, index) => alongPath(path, index / (GIF_FRAMES - 1)));
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
  return path.map((_, index) => {
    const rgba = new Uint8ClampedArray(4 * height * width);
    toRgba(images.subarray(index * pixels, (index + 1) * pixels), channels, rgba);
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

/** Frames a second. */
const SLOWEST = 1;
const FASTEST = 60;
const USUAL = 12;

/** @typedef {"loop" | "ping-pong"} Turning what comes after the last frame: the first, or the last but one */

/**
 * The frame that is shown once a film has run on by so many frames.
 * @param {number} advanced frames, with fractions @param {number} count of frames @param {Turning} turning
 */
export function frameAfter(advanced, count, turning) {
  if (count < 2) return 0;
  const period = turning === "loop" ? count : 2 * (count - 1);
  const index = Math.floor(advanced) % period;
  const within = index < 0 ? index + period : index;
  return within < count ? within : period - within;
}

/** The frame under a scrubber. @param {number} share of the strip's width, 0 to 1 @param {number} count of frames */
export function frameUnder(share, count) {
  return clamp(Math.floor(share * count), 0, Math.max(0, count - 1));
}

/**
 * A film strip's model: which frame is shown, whether it plays, how fast. It draws nothing and starts no timers: who
 * shows it asks for `frame` whenever the screen is drawn.
 */
export class Film {
  #fps = USUAL;
  /** @type {Turning} */
  #turning = "ping-pong";
  /** Frames the film had run on by when it was last touched. */
  #advanced = 0;
  /** @type {number | null} ms, null while it stands still */
  #playingSince = null;

  /**
   * @param {number} frameCount
   * @param {{now?: () => number, prefersReducedMotion?: () => boolean}} [options] now: ms
   */
  constructor(frameCount, options = {}) {
    this.frameCount = frameCount;
    this.now = options.now ?? (() => performance.now());
    this.prefersReducedMotion = options.prefersReducedMotion ?? (() => false);
  }

  get isPlaying() {
    return this.#playingSince !== null;
  }

  get fps() {
    return this.#fps;
  }

  get turning() {
    return this.#turning;
  }

  /** The frame that is shown now. */
  get frame() {
    return frameAfter(this.#advancedBy(this.now()), this.frameCount, this.#turning);
  }

  /** @param {number} now ms */
  #advancedBy(now) {
    if (this.#playingSince === null) return this.#advanced;
    return this.#advanced + ((now - this.#playingSince) * this.#fps) / 1000;
  }

  /** Go on from the frame that is shown; where motion is not wanted, by a single frame. */
  play() {
    if (this.frameCount < 2 || this.isPlaying) return;
    if (this.prefersReducedMotion()) return this.step(1);
    this.#playingSince = this.now();
  }

  pause() {
    this.#advanced = Math.floor(this.#advancedBy(this.now()));
    this.#playingSince = null;
  }

  toggle() {
    if (this.isPlaying) this.pause();
    else this.play();
  }

  /** One frame, or several, further or back; a film that plays stops. @param {number} frames */
  step(frames) {
    this.pause();
    this.#advanced += frames;
  }

  /** To a frame; a film that plays goes on from there. @param {number} frame */
  seek(frame) {
    this.#advanced = clamp(Math.round(frame), 0, Math.max(0, this.frameCount - 1));
    if (this.isPlaying) this.#playingSince = this.now();
  }

  /** @param {number} fps 1 to 60 frames a second */
  setSpeed(fps) {
    this.#keepPlace();
    this.#fps = clamp(fps, SLOWEST, FASTEST);
  }

  /** @param {Turning} turning */
  turn(turning) {
    const { frame } = this;
    this.#turning = turning;
    this.seek(frame);
  }

  /** Another film of as many frames; what is shown is kept where there still is such a frame. @param {number} count */
  resize(count) {
    const { frame } = this;
    this.frameCount = count;
    this.seek(frame);
    if (count < 2) this.pause();
  }

  #keepPlace() {
    const now = this.now();
    this.#advanced = this.#advancedBy(now);
    if (this.isPlaying) this.#playingSince = now;
  }
}
