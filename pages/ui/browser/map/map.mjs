import { watch } from "../lib/idle.mjs";
import { HOME_FLOOR, homeView, scaledRanges } from "../maths/coordinates.mjs";
import { CONFIG, heightAxis, layout, rangeChange, tickChange } from "./figure.mjs";
import { decimal } from "../lib/format.mjs";
import { ownWay } from "../lib/own_pixels.mjs";
import { listen } from "../lib/pointer.mjs";
import { lineOf } from "../model/embedding.mjs";
import { heightTexts } from "../model/heights.mjs";
import { Hover } from "./hover.mjs";
import { ringsOf } from "./handles.mjs";
import { pictureOf } from "./picture.mjs";
import { PointsCanvas } from "./points.mjs";

/** @import { PlotlyElement, PlotlyModule, Point } from "../lib/types.mjs" */
/** @import { Theme } from "../lib/theme.mjs" */
/** @import { View } from "../maths/coordinates.mjs" */
/** @import { Embedding } from "../model/embedding.mjs" */
/** @import { Part } from "./picture.mjs" */

/**
 * @typedef {object} MapStyle
 * @property {string[]} classes
 * @property {string[]} colors
 * @property {string[]} symbols
 * @property {string[]} names of the axes
 * @property {import("../model/heights.mjs").Heights} [heights] what the second axis means, where it is no direction of z
 * @property {Theme} theme
 * @property {(mark: number) => boolean} isShown what a point is drawn as, its class as a rule
 * @property {(embedding: Embedding, row: number) => string} [textOf] what else is known of a point
 */

/**
 * The map: plotly for axes, zoom and pan; our own canvas for the points.
 */
export class LatentMap {
  /**
   * @param {{box: HTMLElement, plot: HTMLElement, points: HTMLCanvasElement}} elements
   * @param {MapStyle} style @param {(view: View) => void} onView the view has changed
   * @param {{x: Point, y: Point} | null} start what to look at, null for all
   */
  constructor({ box, plot, points }, style, onView, start) {
    this.box = box;
    this.plot = /** @type {PlotlyElement} */ (plot);
    this.points = new PointsCanvas(points);
    this.hover = new Hover(box, plot, {
      nearest: (pixels, radius) => this.points.nearest(pixels, radius),
      describe: (row) => this.#describe(row),
    });
    this.style = style;
    this.onView = onView;
    this.half = 4;
    this.scale = 1;
    this.wasZoomed = start !== null;
    this.isFinger = false;
    this.isDestroyed = false;
    this.ticks = "{}";
    this.unlisten = () => {};
    /** @type {PlotlyModule | null} */
    this.plotly = null;
    /** @type {{embedding: Embedding, texts: string[]} | null} what heights say of points, once it was asked for */
    this.heightTexts = null;
    this.size = this.#measure();
    this.view = { ...this.#home, ...start };
    this.resizing = new ResizeObserver(() => this.#resized());
    this.resizing.observe(box);
  }

  /** Draw the axes. @param {PlotlyModule} plotly */
  async open(plotly) {
    await plotly.newPlot(this.plot, [], this.#layout(), CONFIG);
    if (this.isDestroyed) return plotly.purge(this.plot);
    this.plotly = plotly;
    this.plot.on("plotly_relayouting", (change) => this.#userMoved(change));
    this.plot.on("plotly_relayout", (change) => {
      this.#userMoved(change);
      this.#renewTicks();
    });
    const first = { capture: true };
    const stops = [
      listen(this.plot, { pointerdown: (event) => this.#grabbed(event) }, first),
      listen(this.plot, { touchstart: (event) => this.#touched(event) }, { ...first, passive: true }),
    ];
    this.unlisten = () => stops.forEach((stop) => stop());
    this.#readView();
  }

  /** plotly pans by the window's pixels, and knows of transforms around it but not of CSS `zoom`. @param {PointerEvent} event */
  #grabbed({ pointerType }) {
    this.isFinger = pointerType === "touch";
    const own = ownWay(this.plot);
    this.plot._fullLayout._invScaleX = Math.hypot(...own(1, 0));
    this.plot._fullLayout._invScaleY = Math.hypot(...own(0, 1));
  }

  /** A finger that sets out to scroll the page must not pan the map, whatever else the machine has; once zoomed, it must. @param {TouchEvent} event */
  #touched(event) {
    if (this.isFinger && !this.wasZoomed) event.stopPropagation(); // plotly would hold the page
  }

  /**
   * Show points; those that the map before has too travel from there.
   * @param {Embedding} embedding @param {Embedding | null} before the map that they travel from, null to jump
   * @returns {Promise<void>} they are there, or go elsewhere
   */
  show(embedding, before) {
    this.points.setView(this.view, this.size);
    const arrived = watch(this.points.show(embedding, before));
    void arrived.then(() => this.hover.refresh());
    this.hover.refresh();
    return arrived;
  }

  /** @param {number} row @returns {{title: string, text: string}} what its point is */
  #describe(row) {
    const { classes, names, heights, textOf } = this.style;
    const embedding = /** @type {Embedding} */ (this.points.travel.embedding);
    const { x, y, labels } = embedding;
    if (heights && this.heightTexts?.embedding !== embedding) this.heightTexts = { embedding, texts: heightTexts(heights, lineOf(embedding)) };
    const second = heights ? this.heightTexts?.texts[row] : `${names[1]} ${decimal(y[row], 2)}`;
    const text = [`${names[0]} ${decimal(x[row], 2)}`, second, textOf?.(embedding, row)].filter(Boolean).join(", ");
    return { title: classes.length > 1 ? (classes[labels[row]] ?? "") : "", text };
  }

  /** Theme or colours have changed. @param {MapStyle} style */
  async dress(style) {
    this.style = style;
    this.heightTexts = null;
    this.points.filter(style.isShown);
    this.points.dress(style, this.scale);
    await this.plotly?.react(this.plot, [], this.#layout(), CONFIG);
  }

  /** @param {(mark: number) => boolean} isShown */
  filter(isShown) {
    this.style.isShown = isShown;
    this.points.filter(isShown);
    this.hover.refresh();
  }

  /** Make room up to ±half, unless the user has chosen a view. @param {number} half */
  async reach(half) {
    this.half = half;
    if (!this.wasZoomed) await this.fit();
  }

  /** Back to the view that shows everything. */
  async fit() {
    this.wasZoomed = false;
    await this.#setView(this.#home);
  }

  /** To a part of the map, or all of it. @param {{x: Point, y: Point} | null} ranges */
  async go(ranges) {
    const isThere = ranges ? JSON.stringify(ranges) === JSON.stringify({ x: this.view.x, y: this.view.y }) : !this.wasZoomed;
    if (isThere) return;
    if (!ranges) return this.fit();
    this.wasZoomed = true;
    await this.#setView({ ...this.view, ...ranges });
  }

  /** Larger axes and points, for those who sit far away. @param {number} scale 1 for the usual size */
  enlarge(scale) {
    if (scale === this.scale) return;
    this.scale = scale;
    void this.dress(this.style);
  }

  /** @param {number} factor under 1: closer */
  async zoom(factor) {
    this.wasZoomed = true;
    await this.#setView({ ...this.view, ...scaledRanges(this.view, factor) });
  }

  /** Show what another map shows. @param {Pick<View, "x" | "y">} ranges */
  async see({ x, y }) {
    this.wasZoomed = true;
    await this.#setView({ ...this.view, x, y });
  }

  /** The view that shows everything. */
  get #home() {
    return homeView(...this.size, this.half, this.style.heights ? HOME_FLOOR : 1);
  }

  /** Ticks of heights are as many as fit into the view: plotly does not choose them. */
  #renewTicks() {
    const { heights } = this.style;
    const ticks = heights ? JSON.stringify(heightAxis(heights, this.view.y)) : this.ticks;
    if (ticks === this.ticks) return;
    this.ticks = ticks;
    void this.plotly?.relayout(this.plot, tickChange(heightAxis(heights, this.view.y)));
  }

  /** @param {View} view */
  async #setView(view) {
    this.#show(view);
    await this.plotly?.relayout(this.plot, rangeChange(view));
  }

  /** Wheel over a handle: let plotly zoom as if it were on the map. @param {WheelEvent} event */
  wheel(event) {
    event.preventDefault();
    this.plot.querySelector(".nsewdrag")?.dispatchEvent(new WheelEvent("wheel", event));
  }

  /** @param {Record<string, unknown>} change */
  #userMoved(change) {
    const before = JSON.stringify([this.view.x, this.view.y]);
    this.#readView();
    const isOurs = JSON.stringify([this.view.x, this.view.y]) === before;
    if (!isOurs && Object.keys(change).some((key) => key.includes("range"))) this.wasZoomed = true;
  }

  /** Follow plotly's own idea of where things are. */
  #readView() {
    const { xaxis, yaxis } = this.plot._fullLayout;
    this.#show({
      left: xaxis._offset,
      top: yaxis._offset,
      width: xaxis._length,
      height: yaxis._length,
      x: /** @type {Point} */ (xaxis.range.map(Number)),
      y: /** @type {Point} */ (yaxis.range.map(Number)),
    });
  }

  /** @param {View} view */
  #show(view) {
    this.view = view;
    this.points.setView(view, this.size);
    this.hover.refresh();
    this.onView(view);
  }

  /** @returns {[number, number]} */
  #measure() {
    return [this.box.clientWidth || 400, this.box.clientHeight || 400]; // 0 before it is laid out
  }

  #resized() {
    const before = this.size;
    this.size = this.#measure();
    const [width, height] = this.size;
    if (before[0] === width && before[1] === height) return;
    this.#show({ ...this.#home, x: this.view.x, y: this.view.y });
    void this.plotly
      ?.relayout(this.plot, { width, height, ...rangeChange(this.view) })
      .then(() => this.#readView());
  }

  /**
   * The map as it is seen, with all its layers and handles.
   * @param {number} ratio pixels of the points to one of the map
   * @returns {Promise<string | null>} an SVG document; null as long as there are no axes
   */
  async asSvg(ratio) {
    if (!this.plotly) return null;
    const [width, height] = this.size;
    const address = await this.plotly.toImage(this.plot, { format: "svg", width, height });
    const axes = decodeURIComponent(address.slice(address.indexOf(",") + 1));
    const parts = [...this.box.children].flatMap((layer) => this.#partOf(layer, axes, ratio));
    return pictureOf(this.size, parts, this.style.theme);
  }

  /** @param {Element} layer of the map @param {string} axes @param {number} ratio @returns {Part[]} */
  #partOf(layer, axes, ratio) {
    if (layer === this.plot) return [{ svg: axes }];
    if (layer === this.points.canvas) return [{ image: this.points.picture(this.size, ratio), opacity: 1 }];
    if (layer.classList.contains("ls-handles")) return [{ handles: ringsOf(/** @type {HTMLElement} */ (layer)) }];
    if (!(layer instanceof HTMLCanvasElement) || !layer.width) return [];
    return [{ image: layer.toDataURL(), opacity: Number(getComputedStyle(layer).opacity) }];
  }

  #layout() {
    return layout(this.view, ...this.size, this.style, this.scale);
  }

  destroy() {
    this.isDestroyed = true;
    this.unlisten();
    this.resizing.disconnect();
    this.hover.destroy();
    this.points.destroy();
    this.plotly?.purge(this.plot);
  }
}
