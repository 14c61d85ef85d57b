import { HOLE_NATS } from "../../lib/contract.mjs";
import { clamp } from "../../maths/coordinates.mjs";
import { FAINTEST_NATS, middleOf, priorLogDensityAt } from "./regions.mjs";

/** @import { Point } from "../../lib/types.mjs" */
/** @import { Field } from "./regions.mjs" */

/**
 * Two hues each that stay apart for the colour-blind: blue and orange for density, purple and green for stretch. Of
 * middle lightness, so that they read on a light ground and on a dark one.
 * @typedef {readonly [number, number, number]} Rgb
 */
const HOLE = /** @type {Rgb} */ ([44, 123, 182]);
const CROWDED = /** @type {Rgb} */ ([224, 122, 20]);
const STRETCHED = /** @type {Rgb} */ ([140, 82, 172]);
const SQUEEZED = /** @type {Rgb} */ ([48, 140, 84]);

/** What lies below the usual is striped, what lies above it dotted. */
export const HUES = { holes: { stripes: HOLE, dots: CROWDED }, stretch: { stripes: SQUEEZED, dots: STRETCHED } };

/** Points must stay readable on top. */
const MOST_ALPHA = 110;
/** As good as the prior: shares of the way to a hole, or to its opposite, that are not shaded at all. */
const UNSHADED = 0.5;
/** Ten times the median is as far as stretch is told apart. */
const STRETCH_NATS = Math.log(10);

/**
 * Blue where the prior would have images and the posteriors have none, orange where the posteriors crowd; nothing where
 * the two agree to within a factor of √20, nor where both are faint.
 * @param {Field} ratio log q − log p @param {Point} centre of the prior @returns {Uint8ClampedArray} RGBA, cell by cell
 */
export function holeShades(ratio, centre) {
  return shades(ratio, HOLE, CROWDED, (nats, cell) => {
    const share = clamp(nats / -HOLE_NATS, -1, 1);
    const logPrior = priorLogDensityAt(middleOf(ratio, cell), centre);
    if (Math.max(logPrior, logPrior + nats) < FAINTEST_NATS) return 0;
    return (Math.sign(share) * Math.max(0, Math.abs(share) - UNSHADED)) / (1 - UNSHADED);
  });
}

/**
 * Purple where the decoder changes faster than its median over the view, green where more slowly, on a log scale.
 * @param {Field} stretch √det JᵀJ @returns {Uint8ClampedArray} RGBA, cell by cell
 */
export function stretchShades(stretch) {
  const median = [...stretch.values].sort((a, b) => a - b)[stretch.values.length >> 1];
  return shades(stretch, SQUEEZED, STRETCHED, (value) =>
    median > 0 ? clamp(Math.log(value / median) / STRETCH_NATS, -1, 1) : 0,
  );
}

/** How much stronger a hatch is than the shade that it lies on. */
const HATCH = 2;

/**
 * The cells of one hue alone, as strong as a hatch has to be.
 * @param {Uint8ClampedArray} rgba shades @param {Rgb} hue @returns {Uint8ClampedArray} RGBA, cell by cell
 */
export function hatched(rgba, hue) {
  const alone = new Uint8ClampedArray(rgba.length);
  for (let at = 0; at < rgba.length; at += 4) {
    const isOfHue = hue.every((channel, each) => rgba[at + each] === channel);
    alone.set([...hue, isOfHue ? HATCH * rgba[at + 3] : 0], at);
  }
  return alone;
}

/**
 * @param {Field} field @param {Rgb} below @param {Rgb} above
 * @param {(value: number, cell: number) => number} strength −1 to 1
 */
function shades({ values }, below, above, strength) {
  const rgba = new Uint8ClampedArray(4 * values.length);
  values.forEach((value, cell) => {
    const share = strength(value, cell);
    rgba.set(share < 0 ? below : above, 4 * cell);
    rgba[4 * cell + 3] = MOST_ALPHA * Math.abs(share);
  });
  return rgba;
}
