import { svg } from "../../../browser/lib/dom.mjs";
import { pathOf } from "./scales.mjs";

const [WIDTH, HEIGHT, MARGIN] = [120, 48, 5];
/** Nats at the top: the same for every model, so that their curves can be compared. */
const MOST_NATS = 60;

/**
 * Held-out less training reconstruction over the number of training images, on a log scale: a small curve.
 * @param {readonly {images: number, train: number, heldOut: number}[]} shrunk @param {string} title @param {string} hook
 */
export function shrinking(shrunk, title, hook) {
  const points = shrinkingPoints(shrunk);
  return svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, class: "ls-shrinking", role: "img", "aria-label": title, "data-testid": hook },
    svg("line", { x1: MARGIN, x2: WIDTH - MARGIN, y1: HEIGHT - MARGIN, y2: HEIGHT - MARGIN, class: "ls-zero" }),
    svg("path", { d: pathOf(points), class: "ls-line ls-is-entropy" }),
    ...points.map(([cx, cy]) => svg("circle", { cx, cy, r: 2.5, class: "ls-dot ls-is-entropy" })));
}

/**
 * Where the gaps stand in the curve, in its own pixels.
 * @param {readonly {images: number, train: number, heldOut: number}[]} shrunk ascending in images
 * @returns {[number, number][]}
 */
export function shrinkingPoints(shrunk) {
  const [low, high] = [shrunk[0].images, shrunk[shrunk.length - 1].images].map(Math.log);
  return shrunk.map(({ images, train, heldOut }) => {
    const share = high > low ? (Math.log(images) - low) / (high - low) : 0;
    const gap = Math.min(1, Math.max(0, (heldOut - train) / MOST_NATS));
    return [MARGIN + share * (WIDTH - 2 * MARGIN), HEIGHT - MARGIN - gap * (HEIGHT - 2 * MARGIN)];
  });
}
