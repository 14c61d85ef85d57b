import { hookText } from "../shared/format.mjs";
import { measure, runningMedian } from "./measures.mjs";
import { newestPerSlot } from "./newest.mjs";
import { painter } from "./painter.mjs";

/** @import { Point } from "../shared/types.mjs" */
/** @import { Decoder } from "./decoder.mjs" */

/** @typedef {{z: Point, knownAt: number, pointerAt?: number}} Job */

/** Keeps each handle's image at its handle's position: newest position wins, one decode at a time. */
export class Decoding {
  /**
   * @param {HTMLCanvasElement[]} canvases @param {[number, number, number]} shape (C, H, W)
   * @param {{painted: (at: number, ms: number) => void, failed: (error: unknown) => void}} events
   */
  constructor(canvases, shape, events) {
    this.canvases = canvases;
    this.painters = canvases.map((canvas) => painter(canvas, shape));
    this.events = events;
    this.steady = runningMedian();
    /** @type {Decoder | null} */
    this.decoder = null;
    this.request = newestPerSlot((/** @type {number} */ at, /** @type {Job} */ job) => this.#run(at, job));
  }

  /**
   * Decode and paint at a position, now or when the one under way is done; nothing without a decoder.
   * @param {number} at @param {Point} z @param {number} [pointerAt] timestamp of the event behind it
   */
  show(at, z, pointerAt) {
    if (this.decoder) this.request(at, { z, knownAt: performance.now(), pointerAt });
  }

  /** Change to another decoder between two images; the old one is freed. @param {Decoder | null} decoder */
  use(decoder) {
    const old = this.decoder;
    this.decoder = decoder;
    old?.release();
  }

  /** @param {number} at @param {Job} job */
  async #run(at, { z, knownAt, pointerAt }) {
    const startedAt = performance.now();
    try {
      const image = await this.decoder?.decode(z);
      if (!image) return;
      this.painters[at](image);
      const now = performance.now();
      this.canvases[at].dataset.z = hookText(z);
      measure("decode", knownAt, now);
      if (pointerAt !== undefined) measure("pointer-to-paint", pointerAt, now);
      this.events.painted(at, this.steady(now - startedAt));
    } catch (error) {
      this.events.failed(error);
    }
  }
}
