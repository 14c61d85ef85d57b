import { isAbort } from "../lib/fetching.mjs";
import { measure, runningMedian } from "../lib/measures.mjs";
import { latestWins } from "../lib/latest_wins.mjs";
import { painter } from "./painter.mjs";

/** @import { Decoder } from "../model/decoder.mjs" */

/** @typedef {{z: readonly number[], text: string, knownAt: number, pointerAt?: number}} ImageRequest */

/** Keeps each handle's image at its handle's position: newest position wins, one decode at a time. */
export class Decoding {
  /**
   * @param {[number, number, number]} shape (C, H, W)
   * @param {{onPaint: (canvas: HTMLCanvasElement, ms: number) => void, onError: (error: unknown) => void}} events
   */
  constructor(shape, events) {
    this.shape = shape;
    /** @type {WeakMap<HTMLCanvasElement, ReturnType<typeof painter>>} */
    this.painters = new WeakMap();
    this.events = events;
    this.steady = runningMedian();
    /** @type {Decoder | null} */
    this.decoder = null;
    this.request = latestWins((/** @type {object} */ _slot, /** @type {() => Promise<void>} */ job) => job());
  }

  /**
   * Decode and paint at a position, now or when the one under way is done; nothing without a decoder.
   * @param {HTMLCanvasElement} canvas @param {readonly number[]} z all D coordinates @param {string} text of its place
   * @param {number} [pointerAt] timestamp of the event behind it
   */
  show(canvas, z, text, pointerAt) {
    if (!this.decoder) return;
    const request = { z, text, knownAt: performance.now(), pointerAt };
    this.request(canvas, () => this.#run(canvas, request));
  }

  /**
   * Other work with the decoder, in turn with the images; what is newer takes the place of what waits in its slot.
   * @param {object} slot @param {(decoder: Decoder) => Promise<void>} work
   */
  later(slot, work) {
    this.request(slot, async () => {
      try {
        if (this.decoder) await work(this.decoder);
      } catch (error) {
        if (!isAbort(error)) this.events.onError(error); // a decoder may be let go while others wait for it
      }
    });
  }

  /** Change to another decoder between two images; the old one is freed. @param {Decoder | null} decoder */
  use(decoder) {
    const old = this.decoder;
    this.decoder = decoder;
    old?.release();
  }

  /** @param {HTMLCanvasElement} canvas @param {ImageRequest} request */
  async #run(canvas, { z, text, knownAt, pointerAt }) {
    const startedAt = performance.now();
    try {
      const image = await this.decoder?.decode(z);
      if (!image) return;
      this.#painterOf(canvas)(image);
      const now = performance.now();
      canvas.dataset.z = text;
      measure("decode", knownAt, now);
      if (pointerAt !== undefined) measure("pointer-to-paint", pointerAt, now);
      this.events.onPaint(canvas, this.steady(now - startedAt));
    } catch (error) {
      if (!isAbort(error)) this.events.onError(error);
    }
  }

  /** @param {HTMLCanvasElement} canvas */
  #painterOf(canvas) {
    const known = this.painters.get(canvas) ?? painter(canvas, this.shape);
    this.painters.set(canvas, known);
    return known;
  }
}
