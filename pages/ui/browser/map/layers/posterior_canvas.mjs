import { withAlpha } from "../../lib/theme.mjs";
import { clampPixels, isInside, toPixels } from "../../maths/coordinates.mjs";
import { Layer } from "../layer.mjs";

/** @import { Theme } from "../../lib/theme.mjs" */
/** @import { Point } from "../../lib/types.mjs" */
/** @import { View } from "../../maths/coordinates.mjs" */
/** @import { Ellipse } from "../../model/posterior.mjs" */

const LINE_PX = 2;
const CROSS_PX = 5;
const DRAW_PX = 6;
/** An ellipse shorter than this has no room for its name. */
const NAMED_PX = 26;
/** Half the height of an interval's ends. */
const CAP_PX = 9;

/** A posterior on the map, to scale: 1σ and 2σ ellipses, a cross at the mean, and the z that is decoded. */
export class PosteriorCanvas extends Layer {
  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas) {
    super(canvas);
    /** @type {{outline: Ellipse, isPoint: boolean, z: Point} | null} */
    this.shown = null;
    /** @type {Theme | null} */
    this.theme = null;
  }

  /** @param {Theme} theme */
  dress(theme) {
    this.theme = theme;
    this.draw();
  }

  /** @param {{outline: Ellipse, isPoint: boolean, z: Point} | null} shown z: its place on the map */
  show(shown) {
    this.shown = shown;
    const { centre = [], axes = [], angle = 0 } = shown?.outline ?? {};
    this.canvas.dataset.ellipse = shown ? [...centre, ...axes, angle].join() : "";
    this.drawNow();
  }

  /** @param {CanvasRenderingContext2D} context @param {View} view in own pixels @param {number} ratio */
  paint(context, view, ratio) {
    const { shown, theme } = this;
    if (!shown || !theme) return;
    const { outline, isPoint } = shown;
    const centre = toPixels(view, outline.centre);
    if (!isPoint) {
      this.#ellipse(context, view, ratio, 2, theme);
      this.#ellipse(context, view, ratio, 1, theme);
    }
    this.#draw(context, centre, toPixels(view, shown.z), ratio, theme);
    if (isInside(view, centre)) cross(context, centre, CROSS_PX * ratio, ratio, theme);
    else pointer(context, centre, clampPixels(view, centre), 9 * ratio, theme);
  }

  /** @param {CanvasRenderingContext2D} context @param {View} view @param {number} ratio @param {1 | 2} sigmas @param {Theme} theme */
  #ellipse(context, view, ratio, sigmas, theme) {
    const { outline } = /** @type {NonNullable<PosteriorCanvas["shown"]>} */ (this.shown);
    const [x, y] = toPixels(view, outline.centre);
    const scale = (sigmas * view.width) / (view.x[1] - view.x[0]); // the map is to scale, both ways
    const [longer, shorter] = outline.axes.map((axis) => Math.max(axis * scale, ratio));
    context.beginPath();
    if (outline.axes[1] === 0) interval(context, [x, y], longer, CAP_PX * ratio);
    else context.ellipse(x, y, longer, shorter, -outline.angle, 0, 2 * Math.PI); // on the screen, y grows downwards
    context.fillStyle = withAlpha(theme.ink, 0.08);
    context.fill();
    context.setLineDash(sigmas === 2 ? [6 * ratio, 4 * ratio] : []);
    stroke(context, theme.ground, (LINE_PX + 3) * ratio); // a halo, so that it reads on any class
    stroke(context, theme.ink, LINE_PX * ratio);
    context.setLineDash([]);
    if (longer < NAMED_PX * ratio) return;
    const [dx, dy] = [longer * Math.cos(outline.angle), -longer * Math.sin(outline.angle)];
    const above = outline.axes[1] === 0 ? 2 * CAP_PX * ratio : 0; // of the interval's end
    name(context, `${sigmas}σ`, [x + dx, y + dy - above], ratio, theme);
  }

  /** The draw and its way from the mean. @param {CanvasRenderingContext2D} context @param {Point} mean @param {Point} z @param {number} ratio @param {Theme} theme */
  #draw(context, mean, z, ratio, theme) {
    if (Math.hypot(z[0] - mean[0], z[1] - mean[1]) < ratio) return;
    context.beginPath();
    context.moveTo(...mean);
    context.lineTo(...z);
    stroke(context, theme.accent, LINE_PX * ratio);
    context.beginPath();
    context.arc(...z, DRAW_PX * ratio, 0, 2 * Math.PI);
    context.fillStyle = theme.accent;
    context.fill();
    stroke(context, theme.ground, LINE_PX * ratio);
  }
}

/** From one end to the other, each with a cap: an ellipse of a latent space of one dimension. @param {CanvasRenderingContext2D} context @param {Point} middle @param {number} half @param {number} cap */
function interval(context, [x, y], half, cap) {
  for (const end of [x - half, x + half]) {
    context.moveTo(end, y - cap);
    context.lineTo(end, y + cap);
  }
  context.moveTo(x - half, y);
  context.lineTo(x + half, y);
}

/** @param {CanvasRenderingContext2D} context @param {string} color @param {number} width */
function stroke(context, color, width) {
  Object.assign(context, { strokeStyle: color, lineWidth: width });
  context.stroke();
}

/** @param {CanvasRenderingContext2D} context @param {Point} position @param {number} arm @param {number} ratio @param {Theme} theme */
function cross(context, [x, y], arm, ratio, theme) {
  context.beginPath();
  context.moveTo(x - arm, y);
  context.lineTo(x + arm, y);
  context.moveTo(x, y - arm);
  context.lineTo(x, y + arm);
  stroke(context, theme.ground, (LINE_PX + 3) * ratio);
  stroke(context, theme.ink, LINE_PX * ratio);
}

/** Where to look for what lies outside of the view. @param {CanvasRenderingContext2D} context @param {Point} to @param {Point} edge @param {number} size @param {Theme} theme */
function pointer(context, to, edge, size, theme) {
  const angle = Math.atan2(to[1] - edge[1], to[0] - edge[0]);
  context.save();
  context.translate(...edge);
  context.rotate(angle);
  context.beginPath();
  context.moveTo(0, 0);
  context.lineTo(-2 * size, size);
  context.lineTo(-2 * size, -size);
  context.closePath();
  stroke(context, theme.ground, size / 2);
  context.fillStyle = theme.ink;
  context.fill();
  context.restore();
}

/** @param {CanvasRenderingContext2D} context @param {string} text @param {Point} position @param {number} ratio @param {Theme} theme */
function name(context, text, [x, y], ratio, theme) {
  Object.assign(context, { font: `${12 * ratio}px ${theme.font}`, textAlign: "center", textBaseline: "middle" });
  Object.assign(context, { strokeStyle: theme.ground, lineWidth: 4 * ratio, lineJoin: "round", fillStyle: theme.ink });
  context.strokeText(text, x, y);
  context.fillText(text, x, y);
}
