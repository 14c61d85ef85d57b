import { toPixels } from "../../maths/coordinates.mjs";
import { drawingOrder, LARGEST_BATCH, latticePoints, latticeSize, lifted, placeKey, sharesAxes } from "./lattice.mjs";
import { Layer } from "../layer.mjs";
import { measure } from "../../lib/measures.mjs";
import { inSlices } from "../slices.mjs";
import { Tiles } from "./tiles.mjs";

/** @import { View } from "../../maths/coordinates.mjs" */
/** @import { Lattice, LatticePoint, Spacing } from "./lattice.mjs" */
/** @import { Plane } from "../../model/plane.mjs" */
/** @import { DecodeBatch } from "../../maths/pullback.mjs" */

const MOST_IMAGES = 2048;

/**
 * Where the images come from.
 * @typedef {object} LatticeSource
 * @property {DecodeBatch} decodeBatch
 * @property {Plane} plane
 * @property {ArrayLike<number>} z (D,), what the plane does not show
 * @property {Spacing} spacing
 */

/** A lattice of decoded images behind the points. */
export class LatticeCanvas extends Layer {
  /**
   * @param {HTMLCanvasElement} canvas @param {readonly [number, number, number]} imageShape (C, H, W)
   * @param {{isBusy: () => boolean, onError: (error: unknown) => void}} events
   */
  constructor(canvas, imageShape, events) {
    super(canvas, { inMemory: true }); // where the tiles are
    this.events = events;
    /** @type {Tiles<string>} */
    this.tiles = new Tiles(imageShape, MOST_IMAGES);
    /** @type {Set<string>} places whose picture is the present source's; others are shown until replaced */
    this.fresh = new Set();
    /** @type {LatticeSource | null} */
    this.source = null;
    /** @type {Lattice | null} */
    this.lattice = null;
    this.size = 0;
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

  onView() {
    this.#changed();
  }

  #changed() {
    this.stopping.abort();
    this.hasChanged = true;
    this.changedAt = performance.now();
    this.draw();
  }

  /** Decode what the view lacks. */
  #begin() {
    const { source, view } = this;
    this.hasChanged = this.isComplete = false;
    this.lattice = null;
    if (!source || !view) return;
    this.size = latticeSize(view);
    this.lattice = latticePoints(view, this.size, source.spacing, source.plane.kind === "line");
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
    const { isBusy, onError } = this.events;
    try {
      const work = (/** @type {LatticePoint[]} */ batch) => this.#decodeBatch(batch, source);
      if (!(await inSlices(points, work, { isBusy, signal, most: LARGEST_BATCH }))) return;
      this.isComplete = true;
      this.draw();
    } catch (error) {
      if (!signal.aborted) onError(error);
    }
  }

  /** @param {LatticePoint[]} batch @param {LatticeSource} source */
  async #decodeBatch(batch, source) {
    const { decodeBatch, plane, z } = source;
    const startedAt = performance.now();
    const images = await decodeBatch(lifted(batch, plane, z), batch.length);
    if (source !== this.source) return; // of a view that has passed, they are worth keeping; of a decoder, not
    const length = images.length / batch.length;
    batch.forEach((point, index) => {
      this.tiles.put(placeKey(point), images.subarray(index * length, (index + 1) * length), 255);
      this.fresh.add(placeKey(point));
    });
    measure("lattice-slice", startedAt, performance.now());
    this.draw();
  }

  /** @param {CanvasRenderingContext2D} context @param {View} view */
  paint(context, view) {
    if (this.hasChanged) this.#begin();
    const { canvas, lattice } = this;
    canvas.dataset.complete = "false";
    canvas.dataset.size = String(lattice ? this.size : 0);
    if (!lattice) return;
    this.#paintImages(context, view, lattice);
    if (!this.isComplete) return;
    canvas.dataset.complete = "true";
    if (this.changedAt) measure("lattice", this.changedAt, performance.now());
    this.changedAt = 0; // measured once
  }

  /** @param {CanvasRenderingContext2D} context @param {View} view in the canvas's own pixels @param {Lattice} lattice */
  #paintImages(context, view, lattice) {
    const scale = view.width / (view.x[1] - view.x[0]);
    context.imageSmoothingEnabled = false;
    for (const { point, level } of drawingOrder(lattice, (each) => this.tiles.has(placeKey(each)))) {
      const [x, y] = toPixels(view, [point.x, point.y]);
      this.tiles.draw(context, placeKey(point), x, y, 2 * lattice.half(point, level) * scale);
    }
  }

  destroy() {
    this.stopping.abort();
    super.destroy();
    this.source = this.lattice = null;
  }
}
