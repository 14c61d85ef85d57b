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
export class Hatching {
  constructor() {
    this.screen = new OffscreenCanvas(1, 1);
    this.context = this.screen.getContext("2d");
  }

  /**
   * @param {CanvasRenderingContext2D} target @param {CanvasImageSource} sheet @param {Hatch} hatch
   * @param {readonly [number, number, number, number]} place x, y, width and height of the sheet in the target's pixels
   * @param {readonly [number, number]} anchor what the hatch moves with @param {number} ratio
   */
  draw(target, sheet, hatch, place, anchor, ratio) {
    const { screen, context } = this;
    const { width, height } = target.canvas;
    if (!context || !width || !height || !ratio) return; // a map that is taken down has no size
    if (screen.width !== width || screen.height !== height) Object.assign(screen, { width, height });
    context.globalCompositeOperation = "copy";
    context.drawImage(sheet, ...place);
    context.globalCompositeOperation = "destination-in";
    const pattern = patternOf(context, hatch, ratio);
    pattern?.setTransform(new DOMMatrix().translateSelf(...anchor));
    context.fillStyle = pattern ?? "transparent";
    context.fillRect(0, 0, width, height);
    target.drawImage(screen, 0, 0);
  }
}
