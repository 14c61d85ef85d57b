import { toPixels } from "./coordinates.mjs";
import { drawingOrder, latticePoints, latticeSize, placeKey, sharesAxes } from "./lattice.mjs";
import { measure } from "./measures.mjs";
import { lift } from "./plane.mjs";
import { inSlices } from "./slices.mjs";
import { Tiles } from "./tiles.mjs";

/** @import { View } from "./coordinates.mjs" */
/** @import { Lattice, LatticePoint, Spacing } from "./lattice.mjs" */
/** @import { Plane } from "./plane.mjs" */
/** @import { DecodeBatch } from "./pullback.mjs" */

const MOST_IMAGES = 2048;
/** Decoded at once; the runtime's memory grows with the largest batch and does not shrink again. */
const LARGEST_BATCH = 64;

/**
 * Where the images come from.
 * @typedef {object} LatticeSource
 * @property {DecodeBatch} decodeBatch
 * @property {Plane} plane
 * @property {ArrayLike<number>} z (D,), what the plane does not show
 * @property {Spacing} spacing
 */

/** A lattice of decoded images behind the points. */
export class LatticeCanvas {
  /**
   * @param {HTMLCanvasElement} canvas @param {readonly [number, number, number]} imageShape (C, H, W)
   * @param {{isBusy: () => boolean, failed: (error: unknown) => void}} events
   */
  constructor(canvas, imageShape, events) {
    this.canvas = canvas;
    this.events = events;
    this.context = canvas.getContext("2d", { willReadFrequently: true }); // in memory, where the tiles are
    /** @type {Tiles<string>} */
    this.tiles = new Tiles(imageShape, MOST_IMAGES);
    /** @type {Set<string>} places whose picture is the present source's; others are shown until replaced */
    this.fresh = new Set();
    /** @type {LatticeSource | null} */
    this.source = null;
    /** @type {View | null} */
    this.view = null;
    /** @type {Lattice | null} */
    this.lattice = null;
    this.size = 0;
    this.frame = 0;
    this.changedAt = 0;
    this.hasChanged = this.isComplete = false;
    this.stopping = new AbortController();
  }

  /**
   * Another decoder, plane or z: old pictures stay until new ones replace them, but not those of other axes.
   * @param {LatticeSource | null} source null for none
   */
  show(source) {
    if (!sharesAxes(source?.plane, this.source?.plane)) this.tiles.clear();
    this.source = source;
    this.fresh.clear();
    this.#changed();
  }

  /** @param {View} view */
  look(view) {
    this.view = view;
    this.#changed();
  }

  /** @param {number} width in CSS pixels @param {number} height */
  resize(width, height) {
    const ratio = window.devicePixelRatio || 1;
    this.canvas.width = Math.round(width * ratio);
    this.canvas.height = Math.round(height * ratio);
    this.draw();
  }

  #changed() {
    this.stopping.abort();
    this.hasChanged = true;
    this.changedAt = performance.now();
    this.draw();
  }

  /** Draw at the next frame, however often asked. */
  draw() {
    this.frame ||= requestAnimationFrame(() => {
      this.frame = 0;
      if (this.hasChanged) this.#begin();
      this.#paint();
    });
  }

  /** Decode what the view lacks. */
  #begin() {
    const { source, view } = this;
    this.hasChanged = this.isComplete = false;
    this.lattice = null;
    if (!source || !view) return;
    this.size = latticeSize(view);
    this.lattice = latticePoints(view, this.size, source.spacing);
    const missing = this.lattice.points.filter((point) => !this.#isFresh(point));
    this.stopping = new AbortController();
    void this.#decode(missing, source, this.stopping.signal);
  }

  /** @param {LatticePoint} point */
  #isFresh(point) {
    const key = placeKey(point);
    return this.fresh.has(key) && this.tiles.has(key);
  }

  /** @param {LatticePoint[]} points @param {LatticeSource} source @param {AbortSignal} signal */
  async #decode(points, source, signal) {
    const { isBusy, failed } = this.events;
    try {
      const work = (/** @type {LatticePoint[]} */ batch) => this.#decodeBatch(batch, source);
      if (!(await inSlices(points, work, { isBusy, signal, most: LARGEST_BATCH }))) return;
      this.isComplete = true;
      this.draw();
    } catch (error) {
      if (!signal.aborted) failed(error);
    }
  }

  /** @param {LatticePoint[]} batch @param {LatticeSource} source */
  async #decodeBatch(batch, source) {
    const { decodeBatch, plane, z } = source;
    const zs = new Float32Array(batch.length * z.length);
    batch.forEach((point, at) => zs.set(lift(plane, [point.x, point.y], z), at * z.length));
    const images = await decodeBatch(zs, batch.length);
    if (source !== this.source) return; // of a view that has passed, they are worth keeping; of a decoder, not
    const length = images.length / batch.length;
    batch.forEach((point, at) => {
      this.tiles.put(placeKey(point), images.subarray(at * length, (at + 1) * length), 255);
      this.fresh.add(placeKey(point));
    });
    this.draw();
  }

  #paint() {
    const { context, canvas, view, lattice } = this;
    if (!context) return;
    context.clearRect(0, 0, canvas.width, canvas.height);
    canvas.dataset.complete = "false";
    canvas.dataset.size = String(lattice ? this.size : 0);
    if (!view || !lattice) return;
    this.#paintImages(context, view, lattice);
    if (!this.isComplete) return;
    canvas.dataset.complete = "true";
    if (this.changedAt) measure("lattice", this.changedAt, performance.now());
    this.changedAt = 0; // measured once
  }

  /** @param {CanvasRenderingContext2D} context @param {View} view @param {Lattice} lattice */
  #paintImages(context, view, lattice) {
    const ratio = window.devicePixelRatio || 1;
    const scale = (view.width / (view.x[1] - view.x[0])) * ratio;
    context.save();
    context.beginPath();
    context.rect(view.left * ratio, view.top * ratio, view.width * ratio, view.height * ratio);
    context.clip();
    context.imageSmoothingEnabled = false;
    for (const { point, level } of drawingOrder(lattice, (each) => this.tiles.has(placeKey(each)))) {
      const [x, y] = toPixels(view, [point.x, point.y]);
      this.tiles.draw(context, placeKey(point), x * ratio, y * ratio, 2 * lattice.half(point, level) * scale);
    }
    context.restore();
  }

  destroy() {
    this.stopping.abort();
    cancelAnimationFrame(this.frame);
    this.source = this.lattice = null;
  }
}
