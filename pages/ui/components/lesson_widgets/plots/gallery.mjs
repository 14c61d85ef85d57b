import { painter } from "../../../browser/media/painter.mjs";
import { html } from "../../../browser/lib/dom.mjs";
import { IMAGE_SHAPE, PIXELS } from "../models/lesson_models.mjs";

/**
 * Images beside each other; decoded ones have a thin frame in the accent, real ones none.
 * @param {number} count @param {string} title for screen readers, and above them if it is to be seen @param {string} hook
 * @param {{columns?: number, isReal?: boolean, isTitled?: boolean}} [options]
 */
export function gallery(count, title, hook, { columns = count, isReal = false, isTitled = true } = {}) {
  const canvases = Array.from({ length: count }, () => html("canvas", { class: isReal ? "" : "ls-decoded-one" }));
  const painters = canvases.map((canvas) => painter(canvas, IMAGE_SHAPE));
  const grid = html("div", { class: "ls-gallery", role: "img", "aria-label": title, "data-testid": hook,
    style: `--ls-columns: ${columns}` }, ...canvases);
  const element = isTitled
    ? html("figure", { class: "ls-plot-box" }, html("figcaption", {}, title), grid)
    : html("figure", { class: "ls-plot-box" }, grid);
  return {
    element,
    /** @param {ArrayLike<number> & {subarray: Function}} images (count, 784), 0 to 1, or bytes @param {number} [scale] 1 for bytes */
    paint(images, scale = 255) {
      painters.forEach((paint, index) => paint(images.subarray(index * PIXELS, (index + 1) * PIXELS), scale));
      grid.dataset.painted = String(Number(grid.dataset.painted ?? 0) + 1);
    },
  };
}
