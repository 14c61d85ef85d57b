import { layersOf, sizeOf } from "./network.mjs";

/** @import { Graph, GraphNode } from "../../browser/graph/graph.mjs" */
/** @import { Tensor } from "../../browser/graph/operators.mjs" */
/** @import { Linear } from "./network.mjs" */

/** A model that was trained here as the graphs that the canvas decodes and encodes with. */

/** @param {number[]} dims @param {ArrayLike<number>} values @returns {Tensor} */
const whole = (dims, values) => ({ dims, data: Int32Array.from(values) });

/** @param {readonly Linear[]} layers @param {string} read @param {string} made @returns {Pick<Graph, "nodes" | "constants">} */
function chain(layers, read, made) {
  /** @type {GraphNode[]} */
  const nodes = [];
  /** @type {Record<string, Tensor>} */
  const constants = {};
  let value = read;
  layers.forEach(({ inputs, outputs, weight, bias }, nth) => {
    const isLast = nth + 1 === layers.length;
    constants[`weight ${nth}`] = { dims: [outputs, inputs], data: weight };
    constants[`bias ${nth}`] = { dims: [outputs], data: bias };
    const sum = isLast ? made : `sum ${nth}`;
    nodes.push({ op: "Gemm", in: [value, `weight ${nth}`, `bias ${nth}`], out: [sum], attributes: { transB: 1 } });
    if (isLast) return;
    nodes.push({ op: "Sigmoid", in: [sum], out: [`gate ${nth}`] }, { op: "Mul", in: [sum, `gate ${nth}`], out: [`value ${nth}`] });
    value = `value ${nth}`;
  });
  return { nodes, constants };
}

/**
 * @param {Float32Array} numbers encoder's, then decoder's @param {{encoder: number[], decoder: number[]}} widths
 * @param {readonly number[]} imageShape (C, H, W)
 * @returns {{encoder: Graph, decoder: Graph}}
 */
export function graphsOf(numbers, widths, imageShape) {
  const middle = sizeOf(widths.encoder);
  const [encoding, decoding] = [chain(layersOf(widths.encoder, numbers), "flat", "both"), chain(layersOf(widths.decoder, numbers.subarray(middle)), "z", "logits")];
  const dim = widths.decoder[0];
  const encoder = {
    outputs: ["mu", "logvar"],
    nodes: [{ op: "Flatten", in: ["image"], out: ["flat"] }, ...encoding.nodes, { op: "Split", in: ["both", "sizes"], out: ["mu", "logvar"] }],
    constants: { ...encoding.constants, sizes: whole([2], [dim, dim]) },
  };
  const decoder = {
    outputs: ["image", "raw"],
    nodes: [...decoding.nodes, { op: "Reshape", in: ["logits", "shape"], out: ["raw"] }, { op: "Sigmoid", in: ["raw"], out: ["image"] }],
    constants: { ...decoding.constants, shape: whole([4], [-1, ...imageShape]) },
  };
  return { encoder, decoder };
}
