import { Layer } from "./layer.mjs";
import { makeStamp, stampPoints } from "./raster.mjs";
import { Travel } from "../model/travel.mjs";

/** @import { View } from "../maths/coordinates.mjs" */
/** @import { Embedding } from "../model/embedding.mjs" */
/** @import { Stamp } from "./raster.mjs" */

/** More points than this jump: drawing them would take longer than a frame. */
const MOST_TRAVELLERS = 20_000;

/**
 * Points drawn by ourselves: moving plotly's takes hundreds of milliseconds, moving these takes two.
 */
export class PointsCanvas extends Layer {
  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas) {
    super(canvas, { inMemory: true });
    this.travel = new Travel();
    /** @type {ImageData | null} */
    this.picture = null;
    /** @type {Stamp[]} by class */
    this.stamps = [];
    this.dressed = "";
    /** @type {(label: number) => boolean} */
    this.isShown = () => true;
  }

  /**
   * Show these points; those of the same images travel from the map before, others jump.
   * @param {Embedding} embedding @param {Embedding | null} before
   * @returns {Promise<void>} they are there, or go elsewhere
   */
  show(embedding, before) {
    const arrived = this.travel.to(embedding, embedding.count <= MOST_TRAVELLERS ? before : null);
    this.draw();
    return arrived;
  }

  clear() {
    this.travel.clear();
    this.draw();
  }

  /** @param {string[]} colors by class @param {string[]} symbols @param {number} size */
  dress(colors, symbols, size) {
    const ratio = window.devicePixelRatio || 1;
    const dressed = [...colors, ...symbols, size, ratio].join();
    if (dressed === this.dressed) return;
    this.dressed = dressed;
    this.stamps = colors.map((color, index) => makeStamp(color, symbols[index % symbols.length], size * ratio));
    this.draw();
  }

  /** @param {(label: number) => boolean} isShown */
  filter(isShown) {
    this.isShown = isShown;
    this.draw();
  }

  /** @param {CanvasRenderingContext2D} context @param {View} view */
  paint(context, view) {
    const { canvas, stamps, travel } = this;
    if (!travel.embedding || !stamps.length) return;
    if (this.picture?.width !== canvas.width || this.picture.height !== canvas.height) {
      this.picture = new ImageData(canvas.width, canvas.height);
    }
    const pixels = new Uint32Array(this.picture.data.buffer);
    pixels.fill(0);
    stampPoints(pixels, canvas.width, view, travel.places(), travel.embedding.labels, stamps, this.isShown);
    context.putImageData(this.picture, 0, 0);
    if (travel.isUnderWay) this.draw();
  }

  destroy() {
    super.destroy();
    this.travel.clear();
  }
}
