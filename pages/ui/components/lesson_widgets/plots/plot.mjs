import { decimal } from "../../../browser/lib/format.mjs";
import { draggable } from "../../../browser/lib/pointer.mjs";
import { dress, html, svg } from "../../../browser/lib/dom.mjs";
import { linear, pathOf, spread, ticks } from "./scales.mjs";

/** @import { Panel } from "../panel.mjs" */
/** @import { Range } from "./scales.mjs" */

const SAMPLES = 241;
const MARGIN = { top: 8, right: 10, bottom: 24, left: 38 };
let made = 0;

/** @param {number} value @param {Range} range */
const inside = (value, [low, high]) => Math.min(high, Math.max(low, value));

/**
 * One figure: axes, curves, marks and handles to drag. What is drawn under a name replaces what was there under it.
 * Its title is the widget's words of its name.
 */
export class Plot {
  /**
   * @param {Panel<any>} panel @param {string} name
   * @param {{x: Range, y: Range, height?: number, isSquare?: boolean}} frame isSquare: as high as wide, the same scale
   */
  constructor(panel, name, { x, y, height = 190, isSquare = false }) {
    Object.assign(this, { panel, name });
    this.panel = panel;
    this.x = x;
    this.y = y;
    this.isSquare = isSquare;
    this.width = 320;
    this.height = height;
    const clip = `ls-clip-${++made}`;
    const title = panel.text(name);
    this.clipRect = svg("rect");
    this.axes = svg("g", { class: "ls-axes" });
    this.inside = svg("g", { "clip-path": `url(#${clip})` });
    this.above = svg("g");
    this.image = svg("svg", { role: "img", "aria-label": title, "data-testid": panel.hook(name) },
      svg("clipPath", { id: clip }, this.clipRect), this.axes, this.inside, this.above);
    this.element = html("figure", { class: "ls-plot-box" }, html("figcaption", {}, title), this.image);
    /** @type {Map<string, SVGElement>} */
    this.parts = new Map();
    this.shownFrame = "";
    this.resizing = new ResizeObserver(() => this.#resized());
    this.resizing.observe(this.element);
  }

  #resized() {
    const width = Math.round(this.element.clientWidth);
    if (!width || width === this.width) return;
    this.width = width;
    this.panel.draw();
  }

  /** Begin a drawing, on another frame if one is given. @param {{x?: Range, y?: Range}} [frame] */
  frame({ x = this.x, y = this.y } = {}) {
    Object.assign(this, { x, y });
    const { left, right, top, bottom } = this.#edges();
    this.toX = linear(x, [left, right]);
    this.toY = linear(y, [bottom, top]);
    const { width, height } = this;
    const shown = JSON.stringify([x, y, width, height]);
    if (shown === this.shownFrame) return;
    this.shownFrame = shown;
    dress(this.image, { viewBox: `0 0 ${width} ${height}`, width, height });
    // A little more than the axes: a dot that stands on one is seen whole.
    dress(this.clipRect, { x: left - 6, y: top - 6, width: right - left + 12, height: bottom - top + 12 });
    this.#axes(left, right, bottom);
  }

  /** Of the space within the axes, in pixels; a square plot keeps both its scales alike and stands in the middle. */
  #edges() {
    if (this.isSquare) this.height = Math.min(this.width, 340);
    const { width, height } = this;
    const free = { across: width - MARGIN.left - MARGIN.right, up: height - MARGIN.top - MARGIN.bottom };
    const side = Math.min(free.across, free.up);
    const [across, up] = this.isSquare ? [side, side] : [free.across, free.up];
    const left = MARGIN.left + (free.across - across) / 2;
    return { left, right: left + across, top: MARGIN.top, bottom: MARGIN.top + up };
  }

  /** @param {number} left @param {number} right @param {number} bottom */
  #axes(left, right, bottom) {
    const { x, y, toX, toY } = this.#scales();
    const across = ticks(x, Math.max(2, Math.floor((right - left) / 48)));
    const up = ticks(y, Math.max(3, Math.floor(bottom / 44)));
    /** @param {number[]} all */
    const digits = (all) => Math.max(0, ...all.map((value) => (String(value).split(".")[1] ?? "").length));
    this.axes.replaceChildren(
      ...up.flatMap((value) => [
        svg("line", { x1: left, x2: right, y1: toY(value), y2: toY(value), class: value === 0 ? "ls-zero" : "" }),
        svg("text", { x: left - 6, y: toY(value) + 4, "text-anchor": "end" }, decimal(value, digits(up))),
      ]),
      ...across.map((value) =>
        svg("text", { x: toX(value), y: bottom + 17, "text-anchor": "middle" }, decimal(value, digits(across)))),
    );
  }

  #scales() {
    const { x, y, toX, toY } = this;
    if (!toX || !toY) throw new Error("a plot is drawn between frame() and the next");
    return { x, y, toX, toY };
  }

  /**
   * @template {keyof SVGElementTagNameMap} K
   * @param {string} key @param {K} tag @param {SVGGElement} [layer] @returns {SVGElementTagNameMap[K]}
   */
  #part(key, tag, layer = this.inside) {
    const known = this.parts.get(key);
    if (known) return /** @type {SVGElementTagNameMap[K]} */ (known);
    const part = svg(tag);
    layer.append(part);
    this.parts.set(key, part);
    return part;
  }

  /** The curve of a function. @param {string} key @param {(x: number) => number} f @param {string} kind its colour */
  curve(key, f, kind) {
    this.line(key, spread(this.x, SAMPLES).map((x) => [x, f(x)]), kind);
  }

  /** @param {string} key @param {readonly (readonly [number, number])[]} points @param {string} kind */
  line(key, points, kind) {
    const { toX, toY } = this.#scales();
    dress(this.#part(key, "path"), { d: pathOf(points.map(([x, y]) => [toX(x), toY(y)])), class: `ls-line ls-is-${kind}` });
  }

  /** What lies between a function and 0. @param {string} key @param {(x: number) => number} f @param {string} kind */
  area(key, f, kind) {
    const { toX, toY, x } = this.#scales();
    /** @type {[number, number][]} */
    const points = spread(x, SAMPLES).map((value) => [toX(value), toY(f(value))]);
    const closed = [[toX(x[0]), toY(0)], ...points, [toX(x[1]), toY(0)]];
    dress(this.#part(key, "path"), { d: `${pathOf(/** @type {[number, number][]} */ (closed))}Z`, class: `ls-area ls-is-${kind}` });
  }

  /** Bars from 0. @param {string} key @param {readonly (readonly [number, number])[]} bars middle, height
   *  @param {number} width in units of x @param {string} kind */
  bars(key, bars, width, kind) {
    const { toX, toY } = this.#scales();
    const parts = bars.map(([x, y]) => {
      const [from, to, top] = [toX(x - width / 2), toX(x + width / 2), toY(y)];
      return `M${from.toFixed(1)} ${toY(0).toFixed(1)}V${top.toFixed(1)}H${to.toFixed(1)}V${toY(0).toFixed(1)}Z`;
    });
    dress(this.#part(key, "path"), { d: parts.join(""), class: `ls-area ls-is-${kind}` });
  }

  /** A mark at a position. @param {string} key @param {number} x @param {number} y @param {string} kind */
  dot(key, x, y, kind) {
    const { toX, toY } = this.#scales();
    dress(this.#part(key, "circle"), { cx: toX(x), cy: toY(y), r: 4.5, class: `ls-dot ls-is-${kind}` });
  }

  /** An ellipse with half-axes in units of the plot, turned by an angle. @param {string} key
   *  @param {{x: number, y: number, across: number, along: number, angle: number}} shape @param {string} kind */
  ellipse(key, { x, y, across, along, angle }, kind) {
    const { toX, toY } = this.#scales();
    const turn = `translate(${toX(x)} ${toY(y)}) rotate(${(-angle * 180) / Math.PI})`;
    const [rx, ry] = [Math.abs(toX(along) - toX(0)), Math.abs(toY(across) - toY(0))];
    dress(this.#part(key, "ellipse"), { rx, ry, transform: turn, class: `ls-line ls-is-${kind}` });
  }

  /** A word in the plot. @param {string} key @param {number} x @param {number} y @param {string} text @param {string} kind */
  word(key, x, y, text, kind) {
    const { toX, toY } = this.#scales();
    const part = this.#part(key, "text", this.above);
    dress(part, { x: toX(x), y: toY(y), class: `ls-word ls-is-${kind}`, "text-anchor": "middle" });
    if (part.textContent !== text) part.textContent = text;
  }

  /**
   * Something to drag; whoever cannot has the sliders. `place` puts it where the state says.
   * @param {string} key @param {{from: () => [number, number], onMove: (x: number, y: number) => void}} events
   * from: where it is, in units of the plot
   */
  handle(key, { from, onMove }) {
    const ring = svg("g", { class: "ls-grip", "data-testid": this.panel.hook(key), "aria-hidden": "true" },
      svg("circle", { r: 20, class: "ls-reach" }), svg("circle", { r: 8, class: "ls-knob" }));
    this.above.append(ring);
    this.parts.set(key, ring);
    let start = from();
    draggable(/** @type {HTMLElement} */ (/** @type {unknown} */ (ring)), {
      grab: () => (start = from()),
      move: (dx, dy) => {
        const { toX, toY } = this.#scales();
        onMove(start[0] + dx / (toX(1) - toX(0)), start[1] + dy / (toY(1) - toY(0)));
      },
      drop: () => {},
    });
  }

  /** Put a handle where it stands, or at the plot's edge if that is outside. @param {string} key
   *  @param {number} x @param {number} y */
  place(key, x, y) {
    const { toX, toY } = this.#scales();
    const [across, up] = [toX(inside(x, this.x)), toY(inside(y, this.y))];
    const ring = this.parts.get(key);
    if (ring) dress(ring, { transform: `translate(${across.toFixed(1)} ${up.toFixed(1)})` });
  }

  destroy() {
    this.resizing.disconnect();
  }
}
