import { inMiddle, resample } from "./resampling.mjs";

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
export function centred(plane, size, target, ground, inkShare) {
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
  ink.forEach((value, at) => {
    if (value <= INK_ABOVE) return;
    const [row, column] = [Math.floor(at / width), at % width];
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
  plane.forEach((value, at) => {
    x += value * ((at % width) + 0.5);
    y += value * (Math.floor(at / width) + 0.5);
    sum += value;
  });
  return { x: x / sum, y: y / sum };
}
