import { HOLE_NATS } from "../../lib/contract.mjs";
import { projectAll } from "../../model/plane.mjs";
import { inSlices } from "../slices.mjs";
import { clamp } from "../../maths/coordinates.mjs";
import { normalQuantile } from "../../maths/gaussian.mjs";

/** @import { Point } from "../../lib/types.mjs" */
/** @import { View } from "../../maths/coordinates.mjs" */
/** @import { Posteriors } from "../../model/embedding.mjs" */
/** @import { Plane } from "../../model/plane.mjs" */
/** @import { DecodeBatch } from "../../maths/pullback.mjs" */

/** Beyond so many standard deviations a Gaussian counts as nothing: 1e-4 of its mass. */
const REACH = 4;
/** The smallest variance that a grid can hold, in cells squared. */
export const SMALLEST_VARIANCE = 0.25;

/**
 * Values over a view, cells × cells, row by row and the topmost first, as pixels are.
 * @typedef {object} Field
 * @property {number} cells a side
 * @property {Float64Array} values
 * @property {Point} x from, to
 * @property {Point} y
 *
 * Gaussians on the map: means and covariances.
 * @typedef {object} Gaussians
 * @property {ArrayLike<number>} x
 * @property {ArrayLike<number>} y
 * @property {ArrayLike<number>} sxx variance along x
 * @property {ArrayLike<number>} syy
 * @property {ArrayLike<number>} [sxy] covariance; 0 by default
 */

/** @param {Pick<View, "x" | "y">} view @param {number} cells @returns {Field} of zeros */
export const emptyField = ({ x, y }, cells) => ({ cells, values: new Float64Array(cells * cells), x, y });

/** The middle of a cell on the map. @param {Field} field @param {number} cell @returns {Point} */
export function middleOf({ cells, x, y }, cell) {
  const [column, row] = [cell % cells, Math.floor(cell / cells)];
  return [x[0] + ((column + 0.5) / cells) * (x[1] - x[0]), y[1] - ((row + 0.5) / cells) * (y[1] - y[0])];
}

/**
 * What the posteriors of some images look like on a plane: there N(mu, diag exp(logvar)) has the covariance
 * B diag(exp logvar) Bᵀ.
 * @param {Plane} plane @param {Pick<Posteriors, "mu" | "logvar" | "latentDim">} posteriors
 * @param {number} from row @param {number} to the first row no longer wanted
 * @returns {Gaussians}
 */
export function gaussiansOnPlane(plane, { mu, logvar, latentDim }, from, to) {
  const [first, second] = plane.basis;
  const [sxx, sxy, syy] = [new Float64Array(to - from), new Float64Array(to - from), new Float64Array(to - from)];
  for (let row = from; row < to; row++) {
    for (let index = 0; index < latentDim; index++) {
      if (first[index] === 0 && second[index] === 0) continue;
      const variance = Math.exp(logvar[row * latentDim + index]);
      sxx[row - from] += variance * first[index] * first[index];
      sxy[row - from] += variance * first[index] * second[index];
      syy[row - from] += variance * second[index] * second[index];
    }
  }
  return { ...projectAll(plane, mu.subarray(from * latentDim, to * latentDim), to - from), sxx, sxy, syy };
}

/**
 * The density of the aggregate posterior, q(z) = mean of all posteriors, at the middle of each cell.
 *
 * Gaussians narrower than half a cell in some direction are widened to that in this direction: they could lie between
 * two middles and be missed. So what a cell shows is right to 3 % as an average, if not in its middle.
 * @param {Gaussians} gaussians @param {Pick<View, "x" | "y">} view @param {number} cells
 * @returns {Field}
 */
export function aggregateDensity(gaussians, view, cells) {
  const field = emptyField(view, cells);
  addDensity(field, gaussians, 1 / gaussians.x.length);
  return field;
}

/** @param {Field} field added to in place @param {Gaussians} gaussians @param {number} weight of each */
export function addDensity(field, { x, y, sxx, syy, sxy }, weight) {
  const perX = field.cells / (field.x[1] - field.x[0]);
  const perY = field.cells / (field.y[1] - field.y[0]);
  for (let index = 0; index < x.length; index++) {
    const covariance = widened(sxx[index] * perX * perX, -(sxy?.[index] ?? 0) * perX * perY, syy[index] * perY * perY);
    addGaussian(field, (x[index] - field.x[0]) * perX, (field.y[1] - y[index]) * perY, covariance, weight * perX * perY);
  }
}

/**
 * A covariance whose eigenvalues are at least SMALLEST_VARIANCE; same directions.
 * @param {number} xx @param {number} xy @param {number} yy @returns {[number, number, number]}
 */
function widened(xx, xy, yy) {
  const [middle, radius] = [(xx + yy) / 2, Math.hypot((xx - yy) / 2, xy)];
  if (middle - radius >= SMALLEST_VARIANCE) return [xx, xy, yy];
  const longer = Math.max(middle + radius, SMALLEST_VARIANCE);
  const [newMiddle, newRadius] = [(longer + SMALLEST_VARIANCE) / 2, (longer - SMALLEST_VARIANCE) / 2];
  const share = radius > 0 ? newRadius / radius : 0;
  return [newMiddle + (share * (xx - yy)) / 2, share * xy, newMiddle - (share * (xx - yy)) / 2];
}

/**
 * All in cells, rows downwards. Along a row the Gaussian's values follow from each other by two products.
 * @param {Field} field @param {number} u @param {number} v
 * @param {[number, number, number]} covariance @param {number} weight
 */
function addGaussian({ cells, values }, u, v, [uu, uv, vv], weight) {
  const determinant = uu * vv - uv * uv;
  const scale = weight / (2 * Math.PI * Math.sqrt(determinant));
  const conditional = determinant / vv; // variance along a row
  const [reachV, reachU] = [REACH * Math.sqrt(vv), REACH * Math.sqrt(conditional)];
  const decay = Math.exp(-1 / conditional);
  const lastRow = Math.min(cells - 1, Math.floor(v - 0.5 + reachV));
  for (let row = Math.max(0, Math.ceil(v - 0.5 - reachV)); row <= lastRow; row++) {
    const dv = row + 0.5 - v;
    const middle = u + (uv / vv) * dv - 0.5; // in columns
    const last = Math.min(cells - 1, Math.floor(middle + reachU));
    const start = Math.max(0, Math.ceil(middle - reachU));
    const du = start - middle;
    let value = scale * Math.exp(-0.5 * ((dv * dv) / vv + (du * du) / conditional));
    let ratio = Math.exp(-(du + 0.5) / conditional);
    for (let index = row * cells + start; index <= row * cells + last; index++) {
      values[index] += value;
      value *= ratio;
      ratio *= decay;
    }
  }
}

/**
 * log q − log p for the prior's density p = N(centre, I) on the plane; −Infinity where q is 0.
 * @param {Field} density @param {Point} centre where the prior's mean lies on the map @param {number} [dims] 1 on a line
 * @returns {Field} nats
 */
export function logRatio(density, centre, dims = 2) {
  const values = density.values.map((q, cell) => Math.log(q) - priorLogDensityAt(middleOf(density, cell), centre, dims));
  return { ...density, values };
}

/**
 * @param {Point} point @param {Point} centre of the prior on the plane
 * @param {number} [dims] 2, or 1 on a line, where the height of a point says nothing
 * @returns {number} nats
 */
export const priorLogDensityAt = (point, centre, dims = 2) =>
  -0.5 * squareFrom(centre, point, dims) - (dims / 2) * Math.log(2 * Math.PI);

/** @param {Point} centre @param {Point} point @param {number} dims */
const squareFrom = (centre, point, dims) =>
  (point[0] - centre[0]) ** 2 + (dims > 1 ? (point[1] - centre[1]) ** 2 : 0);

/** Within this squared distance of its mean lie 99 % of the prior: the quantile of χ² with two degrees of freedom, or one. */
const MOST_OF_THE_PRIOR = -2 * Math.log(0.01);
const MOST_OF_ONE_DIMENSION = normalQuantile(0.995) ** 2;
/** The prior's log density there: less than this counts as nothing, whoever's it is. @param {number} [dims] */
export const faintestNats = (dims = 2) =>
  -0.5 * (dims > 1 ? MOST_OF_THE_PRIOR : MOST_OF_ONE_DIMENSION) - (dims / 2) * Math.log(2 * Math.PI);

/**
 * Whether the prior would have images here but the posteriors have none.
 * @param {number} ratio log q − log p @param {Point} point @param {Point} centre
 */
export function isHole(ratio, point, centre) {
  return ratio < HOLE_NATS && hasPriorMass(point, centre);
}

/** @param {Point} point @param {Point} centre */
const hasPriorMass = (point, centre) => squareFrom(centre, point, 2) <= MOST_OF_THE_PRIOR;

/**
 * How much the decoder stretches the plane: √det JᵀJ, the area that its image gains per area of latent space, by
 * central differences of a quarter of a cell.
 * @param {DecodeBatch} decodeBatch @param {(point: Point) => ArrayLike<number>} lift to (D,)
 * @param {Pick<View, "x" | "y">} view @param {number} cells
 * @param {{signal?: AbortSignal, isBusy?: () => boolean, most?: number}} [options] of the slices; a job is 4 decodes
 * @returns {Promise<Field | null>} null if called off
 */
export async function localStretch(decodeBatch, lift, view, cells, options = {}) {
  const field = emptyField(view, cells);
  const stepX = (view.x[1] - view.x[0]) / cells / 4;
  const stepY = (view.y[1] - view.y[0]) / cells / 4;
  const isDone = await inSlices(
    Array.from(field.values.keys()),
    async (batch) => {
      const zs = batch.flatMap((cell) => around(middleOf(field, cell), stepX, stepY).map(lift));
      const images = await decodeBatch(packed(zs), zs.length);
      const length = images.length / zs.length;
      batch.forEach((cell, index) => {
        const area = areaOf(images.subarray(4 * index * length, 4 * (index + 1) * length), length);
        field.values[cell] = area / (4 * stepX * stepY);
      });
    },
    { most: 16, ...options },
  );
  return isDone ? field : null;
}

/** @param {Point} middle @param {number} dx @param {number} dy @returns {Point[]} */
const around = ([x, y], dx, dy) => [[x + dx, y], [x - dx, y], [x, y + dy], [x, y - dy]];

/** @param {ArrayLike<number>[]} rows */
function packed(rows) {
  const all = new Float32Array(rows.length * rows[0].length);
  rows.forEach((row, index) => all.set(row, index * row.length));
  return all;
}

/**
 * The area spanned by right − left and upper − lower: the root of Gram's determinant.
 * @param {Float32Array} images four of them @param {number} length of one
 */
function areaOf(images, length) {
  let [aa, ab, bb] = [0, 0, 0];
  for (let index = 0; index < length; index++) {
    const a = images[index] - images[index + length];
    const b = images[index + 2 * length] - images[index + 3 * length];
    aa += a * a;
    ab += a * b;
    bb += b * b;
  }
  return Math.sqrt(Math.max(0, aa * bb - ab * ab));
}

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
 * @param {Field} ratio log q − log p @param {Point} centre of the prior @param {number} [dims] 1 on a line
 * @returns {Uint8ClampedArray} RGBA, cell by cell
 */
export function holeShades(ratio, centre, dims = 2) {
  return shades(ratio, HOLE, CROWDED, (nats, cell) => {
    const share = clamp(nats / -HOLE_NATS, -1, 1);
    const logPrior = priorLogDensityAt(middleOf(ratio, cell), centre, dims);
    if (Math.max(logPrior, logPrior + nats) < faintestNats(dims)) return 0;
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
  for (let index = 0; index < rgba.length; index += 4) {
    const isOfHue = hue.every((channel, each) => rgba[index + each] === channel);
    alone.set([...hue, isOfHue ? HATCH * rgba[index + 3] : 0], index);
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
