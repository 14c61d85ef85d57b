import { timesTransposed, transposed } from "../../browser/graph/products.mjs";

/**
 * A fully connected network with SiLU between its layers, and its gradient written out, as `vae_core/training/layer_gradients.py`
 * has it. Matrices are float32, row by row; weights as torch keeps them, (outputs, inputs).
 */

/** A layer's numbers, as parts of one array. @typedef {{inputs: number, outputs: number, weight: Float32Array, bias: Float32Array}} Linear */

/**
 * How many numbers a network has. @param {readonly number[]} widths from what it reads to what it gives
 */
export const sizeOf = (widths) => widths.slice(1).reduce((sum, outputs, nth) => sum + outputs * (widths[nth] + 1), 0);

/**
 * A network's layers as views of one array, which an optimiser walks through.
 * @param {readonly number[]} widths @param {Float32Array} numbers @returns {Linear[]}
 */
export function layersOf(widths, numbers) {
  let start = 0;
  const take = (/** @type {number} */ count) => numbers.subarray(start, (start += count));
  return widths.slice(1).map((outputs, nth) => {
    const inputs = widths[nth];
    return { inputs, outputs, weight: take(inputs * outputs), bias: take(outputs) };
  });
}

/** As torch begins: even between ±1/√inputs. @param {readonly Linear[]} layers @param {() => number} random 0 to 1 */
export function initialise(layers, random) {
  for (const { inputs, weight, bias } of layers) {
    const reach = 1 / Math.sqrt(inputs);
    for (const numbers of [weight, bias]) numbers.forEach((_, at) => (numbers[at] = reach * (2 * random() - 1)));
  }
}

/** What each layer read; what it gave before SiLU, and the sigmoid of that. @typedef {{inputs: Float32Array[], sums: Float32Array[], gates: Float32Array[]}} Trace */

/**
 * @param {readonly Linear[]} layers @param {Float32Array} x (B, inputs) @param {number} count B
 * @returns {{out: Float32Array, trace: Trace}} out: (B, outputs)
 */
export function forward(layers, x, count) {
  /** @type {Trace} */
  const trace = { inputs: [], sums: [], gates: [] };
  let values = x;
  layers.forEach((layer, nth) => {
    trace.inputs.push(values);
    const sums = new Float32Array(count * layer.outputs);
    timesTransposed(values, layer.weight, count, layer.outputs, layer.inputs, sums);
    for (let at = 0, unit = 0; at < sums.length; at++, unit = unit + 1 === layer.outputs ? 0 : unit + 1) sums[at] += layer.bias[unit];
    trace.sums.push(sums);
    values = nth + 1 < layers.length ? silu(sums, trace.gates) : sums;
  });
  return { out: values, trace };
}

/** @param {Float32Array} sums @param {Float32Array[]} gates gets their sigmoids */
function silu(sums, gates) {
  const [made, gate] = [new Float32Array(sums.length), new Float32Array(sums.length)];
  for (let at = 0; at < sums.length; at++) {
    gate[at] = 1 / (1 + Math.exp(-sums[at]));
    made[at] = sums[at] * gate[at];
  }
  gates.push(gate);
  return made;
}

/**
 * Writes a network's gradient into `gradients`.
 * @param {readonly Linear[]} layers @param {readonly Linear[]} gradients of the same shapes @param {Trace} trace
 * @param {Float32Array} d (B, outputs), of the loss in the network's output; changed @param {number} count B
 * @param {boolean} [isFirst] nobody asks for the gradient in what it reads
 * @returns {Float32Array} (B, inputs); empty where nobody asks
 */
export function backward(layers, gradients, trace, d, count, isFirst = false) {
  for (let nth = layers.length - 1; nth >= 0; nth--) {
    const { inputs, outputs, weight } = layers[nth];
    if (nth + 1 < layers.length) throughSilu(d, trace.sums[nth], trace.gates[nth]);
    const turned = transposed(d, count, outputs); // (outputs, B)
    timesTransposed(turned, transposed(trace.inputs[nth], count, inputs), outputs, inputs, count, gradients[nth].weight);
    gradients[nth].bias.forEach((_, unit, bias) => (bias[unit] = sum(turned, unit * count, count)));
    if (!nth && isFirst) return new Float32Array();
    const before = new Float32Array(count * inputs);
    timesTransposed(d, transposed(weight, outputs, inputs), count, inputs, outputs, before);
    d = before;
  }
  return d;
}

/** @param {Float32Array} d changed @param {Float32Array} sums @param {Float32Array} gates */
function throughSilu(d, sums, gates) {
  for (let at = 0; at < d.length; at++) d[at] *= gates[at] * (1 + sums[at] * (1 - gates[at]));
}

/** @param {Float32Array} values @param {number} start @param {number} count */
function sum(values, start, count) {
  let total = 0;
  for (let at = start; at < start + count; at++) total += values[at];
  return total;
}
