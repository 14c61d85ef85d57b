import { painter } from "../../../browser/media/painter.mjs";
import { html } from "../../../browser/lib/dom.mjs";

/**
 * Images beside each other; decoded ones have a thin frame in the accent, real ones none.
 * @param {number} count @param {[number, number, number]} shape C, H, W of an image
 * @param {string} title for screen readers, and above them if it is to be seen @param {string} hook
 * @param {{columns?: number, isReal?: boolean, isTitled?: boolean}} [options]
 */
export function gallery(count, shape, title, hook, { columns = count, isReal = false, isTitled = true } = {}) {
  const canvases = Array.from({ length: count }, () => html("canvas", { class: isReal ? "" : "ls-decoded-one" }));
  const painters = canvases.map((canvas) => painter(canvas, shape));
  const grid = html("div", { class: "ls-gallery", role: "img", "aria-label": title, "data-testid": hook,
    style: `--ls-columns: ${columns}` }, ...canvases);
  const element = isTitled
    ? html("figure", { class: "ls-plot-box" }, html("figcaption", {}, title), grid)
    : html("figure", { class: "ls-plot-box" }, grid);
  const size = shape[0] * shape[1] * shape[2];
  return {
    element,
    /** @param {ArrayLike<number> & {subarray: Function}} images (count, C·H·W), 0 to 1, or bytes @param {number} [scale] 1 for bytes */
    paint(images, scale = 255) {
      painters.forEach((paint, index) => paint(images.subarray(index * size, (index + 1) * size), scale));
      grid.dataset.painted = String(Number(grid.dataset.painted ?? 0) + 1);
    },
  };
}
