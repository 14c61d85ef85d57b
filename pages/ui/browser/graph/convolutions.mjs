import { timesTransposed, transposed } from "./products.mjs";

/** @import { Attributes, Tensor } from "./operators.mjs" */

/** Convolutions as products of matrices: patches of the image are laid out as rows, or rows are laid back onto it. */

/**
 * Where a kernel's windows lie.
 * @typedef {object} Windows
 * @property {number} channels @property {number} height of the image @property {number} width
 * @property {number} rows of windows @property {number} columns
 * @property {number[]} kernel (height, width) @property {number[]} strides @property {number[]} pads (top, left, bottom, right)
 */

/**
 * ONNX's Conv of one group, without dilation.
 * @param {Tensor[]} inputs x (N, C, H, W), weight (O, C, kh, kw), bias (O,) @param {Attributes} attributes @returns {Tensor}
 */
export function conv([x, weight, bias], attributes) {
  const [count, channels, height, width] = x.dims;
  const [outputs, , ...kernel] = weight.dims;
  const { strides, pads } = settings(attributes);
  const [rows, columns] = [0, 1].map((axis) => Math.floor((x.dims[2 + axis] + pads[axis] + pads[axis + 2] - kernel[axis]) / strides[axis]) + 1);
  const windows = { channels, height, width, rows, columns, kernel, strides, pads };
  const [places, size] = [rows * columns, channels * kernel[0] * kernel[1]];
  const data = new Float32Array(count * outputs * places);
  const patches = new Float32Array(places * size);
  for (let image = 0; image < count; image++) {
    patches.fill(0);
    const from = x.data.subarray(image * channels * height * width);
    eachPixel(windows, (patch, pixel) => (patches[patch] = from[pixel]));
    timesTransposed(floats(weight), patches, outputs, places, size, data.subarray(image * outputs * places));
  }
  return biased({ dims: [count, outputs, rows, columns], data }, bias);
}

/**
 * ONNX's ConvTranspose of one group, without dilation.
 * @param {Tensor[]} inputs x (N, C, H, W), weight (C, O, kh, kw), bias (O,) @param {Attributes} attributes @returns {Tensor}
 */
export function convTranspose([x, weight, bias], attributes) {
  const [count, channels, rows, columns] = x.dims;
  const [, outputs, ...kernel] = weight.dims;
  const { strides, pads, output_padding: extra } = settings(attributes);
  const [height, width] = [0, 1].map((axis) => (x.dims[2 + axis] - 1) * strides[axis] + kernel[axis] - pads[axis] - pads[axis + 2] + extra[axis]);
  const windows = { channels: outputs, height, width, rows, columns, kernel, strides, pads };
  const [places, size] = [rows * columns, outputs * kernel[0] * kernel[1]];
  const turned = turnedOnce(weight, channels, size); // (O · kh · kw, C)
  const data = new Float32Array(count * outputs * height * width);
  const patches = new Float32Array(places * size);
  for (let image = 0; image < count; image++) {
    const from = transposed(floats(x).subarray(image * channels * places), channels, places); // (H · W, C)
    timesTransposed(from, turned, places, size, channels, patches);
    const to = data.subarray(image * outputs * height * width);
    eachPixel(windows, (patch, pixel) => (to[pixel] += patches[patch]));
  }
  return biased({ dims: [count, outputs, height, width], data }, bias);
}

/** @type {WeakMap<object, Float32Array>} */
const turnedWeights = new WeakMap();

/** A weight's transpose, made at its first use. @param {Tensor} weight @param {number} n @param {number} m */
function turnedOnce(weight, n, m) {
  const known = turnedWeights.get(weight) ?? transposed(floats(weight), n, m);
  turnedWeights.set(weight, known);
  return known;
}

/** @param {Attributes} attributes */
function settings({ strides = [1, 1], pads = [0, 0, 0, 0], output_padding = [0, 0] }) {
  return { strides: /** @type {number[]} */ (strides), pads: /** @type {number[]} */ (pads), output_padding: /** @type {number[]} */ (output_padding) };
}

/**
 * Every pixel of every window that lies in the image. Patches are (rows · columns, channels · kh · kw).
 * @param {Windows} windows @param {(patch: number, pixel: number) => void} visit
 */
function eachPixel({ channels, height, width, rows, columns, kernel: [tall, wide], strides, pads }, visit) {
  let patch = 0;
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const [top, left] = [row * strides[0] - pads[0], column * strides[1] - pads[1]];
      for (let channel = 0; channel < channels; channel++) {
        for (let down = top; down < top + tall; down++) {
          const start = (channel * height + down) * width;
          for (let across = left; across < left + wide; across++, patch++) {
            if (down >= 0 && down < height && across >= 0 && across < width) visit(patch, start + across);
          }
        }
      }
    }
  }
}

/** @param {Tensor} tensor (N, C, H, W), changed @param {Tensor | undefined} bias (C,) @returns {Tensor} */
function biased(tensor, bias) {
  const [, channels, height, width] = tensor.dims;
  const plane = height * width;
  if (bias) for (let start = 0, nth = 0; start < tensor.data.length; start += plane, nth++) {
    const more = bias.data[nth % channels];
    for (let at = start; at < start + plane; at++) tensor.data[at] += more;
  }
  return tensor;
}

/** @param {Tensor} tensor */
const floats = ({ data }) => /** @type {Float32Array} */ (data);
