import { INK_SHARE } from "../lib/contract.mjs";
import { centred } from "../maths/centring.mjs";
import { inMiddle, resample } from "../maths/resampling.mjs";

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
      for (let at = 0; at < plane.length; at++) plane[at] = 1 - plane[at];
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
  for (let from = 0, at = 0; from < rgba.length; from += 4, at++) {
    const alpha = rgba[from + 3] / 255;
    const rest = (1 - alpha) * under;
    if (channels === 1) planes[0][at] = alpha * grey(rgba, from) + rest;
    else planes.forEach((plane, channel) => (plane[at] = (alpha * rgba[from + channel]) / 255 + rest));
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
  const border = plane.filter((_, at) => {
    const [row, column] = [Math.floor(at / width), at % width];
    return Math.min(row, height - 1 - row, column, width - 1 - column) < thick;
  });
  border.sort();
  const middle = border.length >> 1;
  return border.length % 2 ? border[middle] : (border[middle - 1] + border[middle]) / 2;
}
