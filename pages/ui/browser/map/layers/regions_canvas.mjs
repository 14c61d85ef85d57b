import { toPixels } from "../../maths/coordinates.mjs";
import { Layer, sheetOf } from "../layer.mjs";
import { sharesAxes } from "./lattice.mjs";
import { lift, project } from "../../model/plane.mjs";
import { lineDensity, lineStretch } from "./bands.mjs";
import { addDensity, emptyField, gaussiansOnPlane, hatched, holeShades, HUES, localStretch, logRatio, stretchShades } from "./regions.mjs";
import { inSlices } from "../slices.mjs";

/** @import { View } from "../../maths/coordinates.mjs" */
/** @import { Posteriors } from "../../model/embedding.mjs" */
/** @import { Plane } from "../../model/plane.mjs" */
/** @import { DecodeBatch } from "../../maths/pullback.mjs" */
/** @import { Field } from "./regions.mjs" */

const DENSITY_CELLS = 96;
const STRETCH_CELLS = 24;
const POSTERIORS_PER_JOB = 16;
/** @type {[number, number]} */
const ORIGIN = [0, 0];
/** A view that moves on within this time is not worth working for. */
const REST_MS = 120;

/** @typedef {"off" | "holes" | "stretch"} RegionsMode */

/**
 * @typedef {object} RegionsSource
 * @property {Plane} plane
 * @property {Posteriors} posteriors
 * @property {ArrayLike<number>} z (D,), what the plane does not show
 * @property {DecodeBatch | null} decodeBatch null while there is no decoder: no stretch
 */

/** Shades under the points: where the posteriors leave holes in the prior, or how fast the decoder changes. */
export class RegionsCanvas extends Layer {
  /** @param {HTMLCanvasElement} canvas @param {{isBusy: () => boolean, onError: (error: unknown) => void}} events */
  constructor(canvas, events) {
    super(canvas);
    this.events = events;
    /** @type {RegionsMode} */
    this.mode = "off";
    /** @type {RegionsSource | null} */
    this.source = null;
    this.hatching = new Hatching();
    /** @type {{sheet: OffscreenCanvas, hatches: [Hatch, OffscreenCanvas][], field: Field} | null} what is shown until newer shades are here */
    this.shades = null;
    this.isComplete = true;
    this.timer = 0;
    this.stopping = new AbortController();
  }

  /** @param {RegionsMode} mode */
  use(mode) {
    if (mode === this.mode) return;
    this.mode = mode;
    this.shades = null;
    this.#changed(0);
  }

  /** Other posteriors, another decoder or plane. @param {RegionsSource | null} source */
  show(source) {
    if (!sharesAxes(source?.plane, this.source?.plane)) this.shades = null;
    this.source = source;
    this.#changed(0);
  }

  onView() {
    this.#changed(REST_MS);
  }

  /** @param {number} afterMs */
  #changed(afterMs) {
    this.stopping.abort();
    clearTimeout(this.timer);
    this.isComplete = this.mode === "off" || !this.source;
    if (!this.isComplete) this.timer = window.setTimeout(() => void this.#work(), afterMs);
    this.draw();
  }

  async #work() {
    const { source, view, mode } = this;
    if (!source || !view) return;
    const { signal } = (this.stopping = new AbortController());
    const pace = { signal, isBusy: this.events.isBusy };
    try {
      if (mode === "holes") await this.#findHoles(source, view, pace);
      if (mode === "stretch") await this.#findStretch(source, view, pace);
    } catch (error) {
      if (!signal.aborted) this.events.onError(error);
    }
  }

  /** @param {RegionsSource} source @param {View} view @param {{signal: AbortSignal, isBusy: () => boolean}} pace */
  async #findHoles({ plane, posteriors }, view, pace) {
    if (plane.kind === "line") {
      const onLine = lineDensity(posteriors, view, DENSITY_CELLS);
      return this.#keep(onLine, holeShades(logRatio(onLine, ORIGIN, 1), ORIGIN, 1), HUES.holes);
    }
    const density = emptyField(view, DENSITY_CELLS);
    const jobs = Array.from({ length: Math.ceil(posteriors.count / POSTERIORS_PER_JOB) }, (_, index) => index);
    const work = (/** @type {number[]} */ batch) => {
      const from = batch[0] * POSTERIORS_PER_JOB;
      const to = Math.min(posteriors.count, (batch[batch.length - 1] + 1) * POSTERIORS_PER_JOB);
      addDensity(density, gaussiansOnPlane(plane, posteriors, from, to), 1 / posteriors.count);
    };
    if (!(await inSlices(jobs, work, pace))) return;
    const centre = project(plane, new Float64Array(posteriors.latentDim));
    this.#keep(density, holeShades(logRatio(density, centre), centre), HUES.holes);
  }

  /** @param {RegionsSource} source @param {View} view @param {{signal: AbortSignal, isBusy: () => boolean}} pace */
  async #findStretch({ plane, z, decodeBatch }, view, pace) {
    if (!decodeBatch) return;
    const stretch =
      plane.kind === "line"
        ? await lineStretch(decodeBatch, view, STRETCH_CELLS, pace)
        : await localStretch(decodeBatch, (point) => lift(plane, point, z), view, STRETCH_CELLS, pace);
    if (stretch) this.#keep(stretch, stretchShades(stretch), HUES.stretch);
  }

  /** @param {Field} field @param {Uint8ClampedArray} rgba @param {Record<Hatch, import("./regions.mjs").Rgb>} hues */
  #keep(field, rgba, hues) {
    const hatches = /** @type {Hatch[]} */ (["stripes", "dots"]).map((hatch) =>
      /** @type {[Hatch, OffscreenCanvas]} */ ([hatch, sheetOf(hatched(rgba, hues[hatch]), field.cells)]),
    );
    this.shades = { sheet: sheetOf(rgba, field.cells), hatches, field };
    this.isComplete = true;
    this.draw();
  }

  /** @param {CanvasRenderingContext2D} context @param {View} view @param {number} ratio */
  paint(context, view, ratio) {
    const { canvas, shades } = this;
    canvas.dataset.mode = this.mode;
    canvas.dataset.complete = String(this.isComplete);
    if (!shades) return;
    const { x, y } = shades.field; // shades of an earlier view are drawn where they belong in this one
    const [left, top] = toPixels(view, [x[0], y[1]]);
    const [right, bottom] = toPixels(view, [x[1], y[0]]);
    context.imageSmoothingEnabled = true;
    /** @type {[number, number, number, number]} */
    const box = [left, top, right - left, bottom - top];
    context.drawImage(shades.sheet, ...box);
    const anchor = toPixels(view, [0, 0]);
    for (const [hatch, sheet] of shades.hatches) this.hatching.draw(context, sheet, hatch, box, anchor, ratio);
  }

  destroy() {
    this.stopping.abort();
    clearTimeout(this.timer);
    super.destroy();
    this.source = this.shades = null;
  }
}

/** Stripes and dots in two shades' colours, so that they are told apart without seeing colour. */

/** @typedef {"stripes" | "dots"} Hatch */

const TILE_PX = 8;
const LINE_PX = 1.5;
const DOT_PX = 1.6;

/** @param {CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D} context @param {Hatch} hatch @param {number} ratio */
function patternOf(context, hatch, ratio) {
  const side = Math.max(1, Math.round(TILE_PX * ratio));
  const tile = new OffscreenCanvas(side, side);
  const draw = tile.getContext("2d");
  if (draw) {
    const path = new Path2D();
    if (hatch === "dots") path.arc(side / 2, side / 2, DOT_PX * ratio, 0, 2 * Math.PI);
    for (const shift of hatch === "stripes" ? [-side, 0, side] : []) { // beyond the corners, too, so that tiles meet
      path.moveTo(shift - 1, side + 1);
      path.lineTo(shift + side + 1, -1);
    }
    draw.lineWidth = LINE_PX * ratio;
    if (hatch === "dots") draw.fill(path);
    else draw.stroke(path);
  }
  return context.createPattern(tile, "repeat");
}

/** Draws a sheet of shades through a hatch, on a canvas of its own that keeps its size. */
class Hatching {
  constructor() {
    this.screen = new OffscreenCanvas(1, 1);
    this.context = this.screen.getContext("2d");
  }

  /**
   * @param {CanvasRenderingContext2D} target @param {CanvasImageSource} sheet @param {Hatch} hatch
   * @param {readonly [number, number, number, number]} box x, y, width and height of the sheet in the target's pixels
   * @param {readonly [number, number]} anchor what the hatch moves with @param {number} ratio
   */
  draw(target, sheet, hatch, box, anchor, ratio) {
    const { screen, context } = this;
    const { width, height } = target.canvas;
    if (!context || !width || !height || !ratio) return; // a map that is taken down has no size
    if (screen.width !== width || screen.height !== height) Object.assign(screen, { width, height });
    context.globalCompositeOperation = "copy";
    context.drawImage(sheet, ...box);
    context.globalCompositeOperation = "destination-in";
    const pattern = patternOf(context, hatch, ratio);
    pattern?.setTransform(new DOMMatrix().translateSelf(...anchor));
    context.fillStyle = pattern ?? "transparent";
    context.fillRect(0, 0, width, height);
    target.drawImage(screen, 0, 0);
  }
}
