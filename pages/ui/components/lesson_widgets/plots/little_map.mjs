import { readTheme, shadeFor } from "../../../browser/lib/theme.mjs";
import { halfWidthFor } from "../../../browser/maths/coordinates.mjs";
import { placedOn } from "../../../browser/model/embedding.mjs";
import { dimensionsPlane } from "../../../browser/model/plane.mjs";
import { PointsCanvas } from "../../../browser/map/points.mjs";
import { RegionsCanvas } from "../../../browser/map/layers/regions_canvas.mjs";
import { dress, html, svg } from "../../../browser/lib/dom.mjs";

/** @import { Look } from "../../../browser/lib/contract.mjs" */
/** @import { View } from "../../../browser/maths/coordinates.mjs" */
/** @import { Posteriors } from "../../../browser/model/embedding.mjs" */

const PLANE = dimensionsPlane(2, [0, 1]);
/** Half of a map's width that holds the prior and little else. */
export const PRIOR_HALF = 4;
/** The prior's circles: within one, two and three standard deviations. */
const CIRCLES = [1, 2, 3];

/** A map to look at: points in the classes' colours, the prior's circles, its holes, and marks on top. */
export class LittleMap {
  /** @param {Look} look @param {string} title for screen readers @param {string} hook @param {{holes?: boolean}} [options] */
  constructor(look, title, hook, { holes = false } = {}) {
    this.look = look;
    this.regionsCanvas = html("canvas", { class: "ls-lm-layer", "aria-hidden": "true" });
    this.pointsCanvas = html("canvas", { class: "ls-lm-layer", "aria-hidden": "true" });
    this.marks = svg("svg", { class: "ls-lm-layer", "aria-hidden": "true" });
    this.scale = html("span", { class: "ls-lm-scale" });
    this.element = html("div", { class: "ls-little-map", role: "img", "aria-label": title, "data-testid": hook },
      this.regionsCanvas, this.pointsCanvas, this.marks, this.scale);
    this.points = new PointsCanvas(this.pointsCanvas);
    this.regions = new RegionsCanvas(this.regionsCanvas, { isBusy: () => false, onError: () => undefined });
    this.regions.use(holes ? "holes" : "off");
    this.half = PRIOR_HALF;
    /** @type {ArrayLike<number>} (n, 2) */
    this.marked = [];
    this.resizing = new ResizeObserver(() => this.#resized());
    this.resizing.observe(this.element);
  }

  #resized() {
    if (!this.element.clientWidth) return;
    this.dress();
    this.#look();
  }

  /** Streamlit's theme has changed, or the size. */
  dress() {
    const theme = readTheme(this.element);
    this.points.dress({ colors: shadeFor(this.look.classes, theme), symbols: this.look.symbols });
  }

  /**
   * @param {{all: Posteriors, few: Posteriors}} images all of them for the holes, and few enough to travel for the points
   * @param {number} [half] of the map's width; by default as the points need
   */
  show({ all, few }, half) {
    const placed = placedOn(few, PLANE);
    const isStill = matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.half = half ?? halfWidthFor(placed.extent);
    void this.points.show(placed, isStill ? null : this.points.travel.embedding);
    this.regions.show({ plane: PLANE, posteriors: all, z: [0, 0], decodeBatch: null });
    this.element.dataset.half = String(this.half);
    this.#look();
  }

  /** Set marks on some places. @param {ArrayLike<number>} z (n, 2) */
  mark(z) {
    this.marked = z;
    this.#draw();
  }

  #look() {
    const view = this.#view();
    for (const layer of [this.points, this.regions]) layer.setView(view, [view.width, view.height]);
    this.scale.textContent = `±${this.half}`;
    this.#draw();
  }

  /** @returns {View} */
  #view() {
    const { clientWidth: side } = this.element;
    return { left: 0, top: 0, width: side, height: side, x: [-this.half, this.half], y: [-this.half, this.half] };
  }

  #draw() {
    const { half } = this;
    dress(this.marks, { viewBox: `${-half} ${-half} ${2 * half} ${2 * half}` });
    const circles = CIRCLES.map((r) => svg("circle", { r, class: "ls-lm-prior" }));
    const dots = Array.from({ length: this.marked.length / 2 }, (_, index) =>
      svg("circle", { cx: this.marked[2 * index], cy: -this.marked[2 * index + 1], r: half / 32, class: "ls-lm-mark" }));
    this.marks.replaceChildren(...circles, ...dots);
    this.element.dataset.marks = String(dots.length);
  }

  destroy() {
    this.resizing.disconnect();
    this.points.destroy();
    this.regions.destroy();
  }
}
