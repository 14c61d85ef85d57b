import { toPixels } from "../../maths/coordinates.mjs";
import { withAlpha } from "../../lib/theme.mjs";
import { Layer, sheetOf } from "../layer.mjs";
import { heatOf } from "./heat.mjs";

/** @import { Theme } from "../../lib/theme.mjs" */
/** @import { View } from "../../maths/coordinates.mjs" */
/** @import { Heat } from "./heat.mjs" */
/** @import { Field } from "./regions.mjs" */

/** How far what is unlikely steps back. */
const SHADED = 0.72;
const LINE_PX = 2;

/** A probability on the map: what is likely is lit, all else steps back behind the ground. */
export class HeatCanvas extends Layer {
  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas) {
    super(canvas);
    /** @type {Theme | null} */
    this.theme = null;
    /** @type {{field: Field, isLine: boolean} | null} */
    this.shown = null;
    /** @type {{heat: Heat, glow: OffscreenCanvas, shade: OffscreenCanvas} | null} */
    this.made = null;
  }

  /** @param {Theme} theme */
  dress(theme) {
    this.theme = theme;
    this.show(this.shown);
  }

  /** @param {{field: Field, isLine: boolean} | null} shown null for nothing */
  show(shown) {
    this.shown = shown;
    this.canvas.dataset.shown = String(shown !== null);
    this.made = shown && this.theme ? this.#make(shown, this.theme) : null;
    this.drawNow();
  }

  /** @param {{field: Field, isLine: boolean}} shown @param {Theme} theme */
  #make({ field, isLine }, theme) {
    const heat = heatOf(field, { isDark: theme.dark, isLine });
    const shade = sheetOf(heat.shade, field.cells);
    const context = shade.getContext("2d");
    if (context) {
      context.globalCompositeOperation = "source-in";
      context.fillStyle = theme.ground;
      context.fillRect(0, 0, field.cells, field.cells);
    }
    return { heat, glow: sheetOf(heat.glow, field.cells), shade };
  }

  /** @param {CanvasRenderingContext2D} context @param {View} view in own pixels @param {number} ratio */
  paint(context, view, ratio) {
    const { made, theme, shown } = this;
    if (!made || !theme || !shown) return;
    const { x, y } = made.heat.field;
    const [left, top] = shown.isLine ? [toPixels(view, [x[0], 0])[0], view.top] : toPixels(view, [x[0], y[1]]);
    const [right, bottom] = shown.isLine ? [toPixels(view, [x[1], 0])[0], view.top + view.height] : toPixels(view, [x[1], y[0]]);
    context.beginPath();
    context.rect(view.left, view.top, view.width, view.height);
    context.rect(left, top, right - left, bottom - top);
    context.fillStyle = withAlpha(theme.ground, SHADED);
    context.fill("evenodd"); // beyond what the lattice covers
    context.imageSmoothingEnabled = true;
    context.globalAlpha = SHADED;
    context.drawImage(made.shade, left, top, right - left, bottom - top);
    context.globalAlpha = 1;
    context.drawImage(made.glow, left, top, right - left, bottom - top);
    made.heat.outlines.forEach((outline, nth) => this.#outline(context, view, outline, nth ? [6 * ratio, 4 * ratio] : [], ratio));
  }

  /** @param {CanvasRenderingContext2D} context @param {View} view @param {number[]} outline @param {number[]} dash @param {number} ratio */
  #outline(context, view, outline, dash, ratio) {
    const theme = /** @type {Theme} */ (this.theme);
    context.beginPath();
    for (let from = 0; from < outline.length; from += 4) {
      context.moveTo(...toPixels(view, [outline[from], outline[from + 1]]));
      context.lineTo(...toPixels(view, [outline[from + 2], outline[from + 3]]));
    }
    for (const [color, width] of /** @type {[string, number][]} */ ([[theme.ground, LINE_PX + 2], [theme.ink, LINE_PX]])) {
      Object.assign(context, { strokeStyle: color, lineWidth: width * ratio });
      if (color === theme.ink) context.setLineDash(dash);
      context.stroke();
    }
    context.setLineDash([]);
  }

  destroy() {
    super.destroy();
    this.shown = this.made = null;
  }
}
