import { INK_SHARE } from "../lib/contract.mjs";

/** From any picture to what the model sees: pure, from bytes to C·H·W values in [0, 1]. */

/**
 * @typedef {object} Fitting
 * @property {boolean | "auto" | "against"} [invert] "auto": grey pictures with a light border are inverted, so that ink
 *   is white on black as in the data; colour is left as it is. "against": the other way round
 * @property {"whole" | "centre"} [fit] "whole": all of the picture, padded with its background. "centre": grey only,
 *   its ink alone, placed as MNIST's digits are
 * @property {number} [inkShare] for "centre": the longer side of the ink as a share of the image's side
 */

/**
 * Rec. 601, on the sRGB values as they are: what Pillow's "L" and torchvision's Grayscale do, and so what grey data
 * sets were made with.
 */
const [RED, GREEN, BLUE] = [0.299, 0.587, 0.114];

/** The border that tells the background: this share of the shorter side, so that a hairline frame does not decide. */
const BORDER_SHARE = 0.04;

/**
 * @param {Uint8ClampedArray} rgba height·width·4, straight alpha
 * @param {number} width @param {number} height
 * @param {readonly [number, number, number]} shape (C, H, W) of the model's images, C being 1 or 3
 * @param {Fitting} [fitting]
 * @returns {Float32Array} C·H·W, 0 to 1
 */
export function toModel(rgba, width, height, shape, { invert = "auto", fit = "whole", inkShare = INK_SHARE } = {}) {
  const [channels, ...target] = shape;
  /** @type {[number, number]} */
  const size = [height, width];
  const image = new Float32Array(channels * target[0] * target[1]);
  opaquePlanes(rgba, channels).forEach((plane, channel) => {
    let ground = borderMedian(plane, size);
    const isLight = channels === 1 && ground > 0.5;
    if (invert === true || (invert === "auto" && isLight) || (invert === "against" && !isLight)) {
      for (let index = 0; index < plane.length; index++) plane[index] = 1 - plane[index];
      ground = 1 - ground;
    }
    const made =
      (fit === "centre" && channels === 1 && centred(plane, size, target, ground, inkShare)) ||
      resample(plane, size, target, inMiddle(size, target), ground);
    image.set(made, channel * made.length);
  });
  return image.map((value) => Math.min(Math.max(value, 0), 1)); // rounding may step over the edge
}

/**
 * The picture without transparency, plane by plane: grey for one channel, red, green and blue for three.
 * @param {Uint8ClampedArray} rgba @param {number} channels @returns {Float64Array[]} 0 to 1
 */
function opaquePlanes(rgba, channels) {
  const under = underlay(rgba);
  const planes = Array.from({ length: channels }, () => new Float64Array(rgba.length / 4));
  for (let from = 0, index = 0; from < rgba.length; from += 4, index++) {
    const alpha = rgba[from + 3] / 255;
    const rest = (1 - alpha) * under;
    if (channels === 1) planes[0][index] = alpha * grey(rgba, from) + rest;
    else planes.forEach((plane, channel) => (plane[index] = (alpha * rgba[from + channel]) / 255 + rest));
  }
  return planes;
}

/** @param {Uint8ClampedArray} rgba @param {number} from @returns {number} 0 to 1 */
function grey(rgba, from) {
  return (RED * rgba[from] + GREEN * rgba[from + 1] + BLUE * rgba[from + 2]) / 255;
}

/**
 * What lies under transparency: black under what is light on the whole, else white, so that a drawing without a
 * background keeps its contrast.
 * @param {Uint8ClampedArray} rgba @returns {0 | 1}
 */
function underlay(rgba) {
  let light = 0;
  let visible = 0;
  for (let from = 0; from < rgba.length; from += 4) {
    light += rgba[from + 3] * grey(rgba, from);
    visible += rgba[from + 3];
  }
  return light > 0.5 * visible ? 0 : 1;
}

/**
 * The background of a picture: the median of its border.
 * @param {Float64Array} plane @param {readonly [number, number]} size [height, width] @returns {number}
 */
function borderMedian(plane, [height, width]) {
  const thick = Math.max(1, Math.round(BORDER_SHARE * Math.min(height, width)));
  const border = plane.filter((_, index) => {
    const [row, column] = [Math.floor(index / width), index % width];
    return Math.min(row, height - 1 - row, column, width - 1 - column) < thick;
  });
  border.sort();
  const middle = border.length >> 1;
  return border.length % 2 ? border[middle] : (border[middle - 1] + border[middle]) / 2;
}

/**
 * Scaling by any factor and shifting by any fraction of a pixel, in one pass per axis: area averages downwards, linear
 * interpolation upwards. Averaging cannot alias, and is exact where pixels fit into pixels.
 */

/**
 * Where a source lies on a target's axis.
 * @typedef {object} Placement
 * @property {number} pitch source pixels per target pixel, the same for both axes so that nothing is stretched
 * @property {number} left of the source, in target pixels
 * @property {number} top
 */

/**
 * What one target pixel is made of; the weights add up to the share of it that the source covers.
 * @typedef {{from: number, weights: number[]}} Mixture
 */

/**
 * @param {number} source its pixels @param {number} target its pixels
 * @param {number} pitch @param {number} offset of the source's start, in target pixels
 * @returns {Mixture[]} one per target pixel
 */
function mixtures(source, target, pitch, offset) {
  return Array.from({ length: target }, (_, index) => {
    const low = Math.max((index - offset) * pitch, 0);
    const high = Math.min((index + 1 - offset) * pitch, source);
    if (high <= low) return { from: 0, weights: [] };
    return pitch >= 1 ? averaged(low, high, pitch) : interpolated(low, high, pitch, source);
  });
}

/** @param {number} low @param {number} high @param {number} pitch @returns {Mixture} */
function averaged(low, high, pitch) {
  const from = Math.floor(low);
  const weights = [];
  for (let index = from; index < high; index++) weights.push((Math.min(index + 1, high) - Math.max(index, low)) / pitch);
  return { from, weights };
}

/** @param {number} low @param {number} high @param {number} pitch @param {number} source @returns {Mixture} */
function interpolated(low, high, pitch, source) {
  const covered = (high - low) / pitch;
  const middle = Math.min(Math.max((low + high) / 2 - 0.5, 0), source - 1); // pixels have their values at their centres
  const from = Math.floor(middle);
  const share = middle - from;
  return { from, weights: share ? [(1 - share) * covered, share * covered] : [covered] };
}

/**
 * One channel, scaled and shifted onto a ground.
 * @param {ArrayLike<number>} plane height·width, row by row
 * @param {readonly [number, number]} size [height, width] of the plane
 * @param {readonly [number, number]} target [height, width] wanted
 * @param {Placement} placement
 * @param {number} ground value of what the source does not cover
 * @returns {Float64Array} of the target's size
 */
function resample(plane, [height, width], [targetHeight, targetWidth], { pitch, left, top }, ground) {
  const columns = mixtures(width, targetWidth, pitch, left);
  const rows = mixtures(height, targetHeight, pitch, top);
  const narrow = new Float64Array(height * targetWidth);
  for (let row = 0; row < height; row++) {
    columns.forEach(({ from, weights }, column) => {
      let sum = 0;
      for (let index = 0; index < weights.length; index++) sum += weights[index] * (plane[row * width + from + index] - ground);
      narrow[row * targetWidth + column] = sum;
    });
  }
  const result = new Float64Array(targetHeight * targetWidth);
  rows.forEach(({ from, weights }, row) => {
    for (let column = 0; column < targetWidth; column++) {
      let sum = ground;
      for (let index = 0; index < weights.length; index++) sum += weights[index] * narrow[(from + index) * targetWidth + column];
      result[row * targetWidth + column] = sum;
    }
  });
  return result;
}

/**
 * The whole source, as large as it fits, in the middle.
 * @param {readonly [number, number]} size [height, width] @param {readonly [number, number]} target [height, width]
 * @returns {Placement}
 */
function inMiddle([height, width], [targetHeight, targetWidth]) {
  const pitch = Math.max(width / targetWidth, height / targetHeight);
  return { pitch, left: (targetWidth - width / pitch) / 2, top: (targetHeight - height / pitch) / 2 };
}

/** Ink placed as in MNIST: one size for all, the centre of mass in the middle. */

/** What stands out less than this from its background is no ink but a plain picture. */
const FAINTEST = 0.1;
/** Ink is what stands out by this share of what stands out most: above paper's shadows, below a soft edge's middle. */
const INK_ABOVE = 0.25;
/** Look for ink at no more than this many pixels per pixel of the model: dust and noise are averaged away. */
const OVERSAMPLING = 8;

/** @typedef {{left: number, top: number, right: number, bottom: number}} Box in pixels, right and bottom excluded */

/**
 * Crop to the ink, scale its longer side to a share of the image's, and move its centre of mass to the middle, or as
 * near to it as keeps all ink inside. The background becomes 0 and the strongest ink 1, so that a photographed drawing
 * looks like the data.
 * Source: LeCun, Cortes & Burges, The MNIST database of handwritten digits; there in whole pixels, here in fractions.
 * @param {Float64Array} plane ink brighter than the background @param {readonly [number, number]} size [height, width]
 * @param {readonly number[]} target [height, width] @param {number} ground of the plane @param {number} inkShare
 * @returns {Float64Array | null} of the target's size; null where there is no ink
 */
function centred(plane, size, target, ground, inkShare) {
  const [height, width] = target;
  const small = shrunk(plane, size, [OVERSAMPLING * height, OVERSAMPLING * width], ground);
  const ink = levelled(small.plane, ground);
  const box = ink && inkBox(ink, small.size[1]);
  if (!box) return null;
  const cropped = crop(ink, small.size[1], box);
  const mass = centreOfMass(cropped.plane, cropped.size);
  const [inkHeight, inkWidth] = cropped.size;
  const pitch = Math.max(inkHeight / (inkShare * height), inkWidth / (inkShare * width));
  const place = {
    pitch,
    left: within(width / 2 - mass.x / pitch, width - inkWidth / pitch),
    top: within(height / 2 - mass.y / pitch, height - inkHeight / pitch),
  };
  return resample(cropped.plane, cropped.size, [height, width], place, 0);
}

/** @param {number} value @param {number} highest @returns {number} */
const within = (value, highest) => Math.min(Math.max(value, 0), highest);

/**
 * @param {Float64Array} plane @param {readonly [number, number]} size
 * @param {[number, number]} most @param {number} ground
 * @returns {{plane: Float64Array, size: [number, number]}}
 */
function shrunk(plane, [height, width], most, ground) {
  const { pitch } = inMiddle([height, width], most);
  if (pitch <= 1) return { plane, size: [height, width] };
  /** @type {[number, number]} */
  const size = [Math.ceil(height / pitch), Math.ceil(width / pitch)];
  return { plane: resample(plane, [height, width], size, { pitch, left: 0, top: 0 }, ground), size };
}

/** From the background, 0, to the strongest ink, 1. @param {Float64Array} plane @param {number} ground */
function levelled(plane, ground) {
  const contrast = plane.reduce((most, value) => Math.max(most, value), 0) - ground;
  return contrast < FAINTEST ? null : plane.map((value) => Math.max(0, (value - ground) / contrast));
}

/** @param {Float64Array} ink @param {number} width @returns {Box} around all ink; there is some, its strongest is 1 */
function inkBox(ink, width) {
  const box = { left: width, top: ink.length / width, right: 0, bottom: 0 };
  ink.forEach((value, index) => {
    if (value <= INK_ABOVE) return;
    const [row, column] = [Math.floor(index / width), index % width];
    box.left = Math.min(box.left, column);
    box.top = Math.min(box.top, row);
    box.right = Math.max(box.right, column + 1);
    box.bottom = Math.max(box.bottom, row + 1);
  });
  return box;
}

/**
 * @param {Float64Array} plane @param {number} width @param {Box} box
 * @returns {{plane: Float64Array, size: [number, number]}}
 */
function crop(plane, width, { left, top, right, bottom }) {
  const cropped = new Float64Array((bottom - top) * (right - left));
  for (let row = top; row < bottom; row++) {
    cropped.set(plane.subarray(row * width + left, row * width + right), (row - top) * (right - left));
  }
  return { plane: cropped, size: [bottom - top, right - left] };
}

/** In pixels from the plane's corner. @param {Float64Array} plane @param {readonly [number, number]} size */
function centreOfMass(plane, [, width]) {
  let [x, y, sum] = [0, 0, 0];
  plane.forEach((value, index) => {
    x += value * ((index % width) + 0.5);
    y += value * (Math.floor(index / width) + 0.5);
    sum += value;
  });
  return { x: x / sum, y: y / sum };
}
