import { toPixels } from "../../maths/coordinates.mjs";
import { Layer } from "../layer.mjs";

/** @import { Point } from "../../lib/types.mjs" */
/** @import { Theme } from "../../lib/theme.mjs" */
/** @import { View } from "../../maths/coordinates.mjs" */

const LINE_PX = 2.5;
const HALO_PX = 2;
const HEAD_PX = 14;
const MARK_PX = 4.5;
const TEXT_PX = 14;

/**
 * @typedef {object} DrawnArrow in map units
 * @property {Point} from
 * @property {Point} to
 * @property {[string, string]} names of both ends
 *
 * Points inside an outline, marked.
 * @typedef {{outline: Point[], marks: Point[]}} Drawn
 */

/** The arrow between two groups of points, the outlines around them, and the one that is being drawn. */
export class DirectionCanvas extends Layer {
  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas) {
    super(canvas);
    /** @type {DrawnArrow | null} */
    this.arrow = null;
    /** @type {Drawn[]} */
    this.groups = [];
    /** @type {Point[]} */
    this.stroke = [];
    this.colors = { ink: "", ground: "", font: "" };
  }

  /** @param {Theme} theme */
  dress({ ink, ground, font }) {
    this.colors = { ink, ground, font };
    this.draw();
  }

  /** @param {DrawnArrow | null} arrow @param {Drawn[]} groups */
  show(arrow, groups) {
    this.arrow = arrow;
    this.groups = groups;
    this.draw();
  }

  /** @param {Point[]} stroke so far, [] for none */
  drawing(stroke) {
    this.stroke = stroke;
    this.draw();
  }

  /** @param {CanvasRenderingContext2D} context @param {View} view @param {number} ratio */
  paint(context, view, ratio) {
    const pixels = (/** @type {Point[]} */ points) => points.map((point) => toPixels(view, point));
    Object.assign(context, { lineJoin: "round", lineCap: "round" });
    for (const { outline, marks } of this.groups) {
      this.#mark(context, pixels(marks), ratio);
      this.#stroke(context, closed(pixels(outline)), ratio, [4 * ratio, 5 * ratio]);
    }
    if (this.stroke.length) this.#stroke(context, polyline(pixels(this.stroke)), ratio, []);
    this.canvas.dataset.arrow = String(this.arrow !== null);
    if (this.arrow) this.#paintArrow(context, this.arrow, view, ratio);
  }

  /** @param {CanvasRenderingContext2D} context @param {Point[]} places @param {number} ratio */
  #mark(context, places, ratio) {
    const rings = new Path2D();
    for (const [x, y] of places) {
      rings.moveTo(x + MARK_PX * ratio, y);
      rings.arc(x, y, MARK_PX * ratio, 0, 2 * Math.PI);
    }
    Object.assign(context, { strokeStyle: this.colors.ink, lineWidth: ratio });
    context.stroke(rings);
  }

  /** In ink with a halo of ground, so that it reads on any class. */
  #stroke(
    /** @type {CanvasRenderingContext2D} */ context,
    /** @type {Path2D} */ path,
    /** @type {number} */ ratio,
    /** @type {number[]} */ dash,
  ) {
    const { ink, ground } = this.colors;
    Object.assign(context, { strokeStyle: ground, lineWidth: (LINE_PX + 2 * HALO_PX) * ratio });
    context.stroke(path);
    Object.assign(context, { strokeStyle: ink, lineWidth: LINE_PX * ratio });
    context.setLineDash(dash);
    context.stroke(path);
    context.setLineDash([]);
  }

  /** @param {CanvasRenderingContext2D} context @param {DrawnArrow} arrow @param {View} view @param {number} ratio */
  #paintArrow(context, { from, to, names }, view, ratio) {
    const [start, tip] = [toPixels(view, from), toPixels(view, to)];
    this.#stroke(context, arrowPath(start, tip, HEAD_PX * ratio), ratio, []);
    const isRight = tip[0] >= start[0];
    this.#name(context, names[0], start, isRight ? "right" : "left", ratio);
    this.#name(context, names[1], tip, isRight ? "left" : "right", ratio);
  }

  /**
   * @param {CanvasRenderingContext2D} context @param {string} name @param {Point} position
   * @param {"left" | "right"} textAlign which side of the text is at the arrow's end @param {number} ratio
   */
  #name(context, name, [x, y], textAlign, ratio) {
    const { ink, ground, font } = this.colors;
    Object.assign(context, { font: `600 ${TEXT_PX * ratio}px ${font}`, textAlign, textBaseline: "middle" });
    Object.assign(context, { strokeStyle: ground, lineWidth: 2 * HALO_PX * ratio, fillStyle: ink });
    const beside = x + (textAlign === "left" ? 1 : -1) * 10 * ratio;
    context.strokeText(name, beside, y);
    context.fillText(name, beside, y);
  }

  destroy() {
    super.destroy();
    this.groups = [];
  }
}

/** @param {Point[]} pixels */
function polyline(pixels) {
  const path = new Path2D();
  pixels.forEach(([x, y], index) => (index ? path.lineTo(x, y) : path.moveTo(x, y)));
  return path;
}

/** @param {Point[]} pixels */
function closed(pixels) {
  const path = polyline(pixels);
  path.closePath();
  return path;
}

/** A line with an open head, which is never longer than half of the line. @param {Point} from @param {Point} to @param {number} head */
function arrowPath(from, to, head) {
  const [dx, dy] = [to[0] - from[0], to[1] - from[1]];
  const angle = Math.atan2(dy, dx);
  const length = Math.min(head, Math.hypot(dx, dy) / 2);
  const path = polyline([from, to]);
  for (const turn of [-0.5, 0.5]) {
    path.moveTo(...to);
    path.lineTo(to[0] - length * Math.cos(angle + turn), to[1] - length * Math.sin(angle + turn));
  }
  return path;
}
