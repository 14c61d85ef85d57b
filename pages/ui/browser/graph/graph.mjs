import { OPERATORS } from "./operators.mjs";

/** @import { Attributes, Tensor } from "./operators.mjs" */

/**
 * A graph of ONNX's operators with its numbers.
 * @typedef {object} Graph
 * @property {string[]} outputs
 * @property {GraphNode[]} nodes in an order in which they can be computed
 * @property {Record<string, Tensor>} constants
 *
 * @typedef {{op: string, in: string[], out: string[], attributes?: Attributes}} GraphNode
 */

/**
 * Computes some of a graph's outputs, and nothing that they do not need.
 * @param {Graph} graph @param {Record<string, Tensor>} inputs @param {readonly string[]} outputs
 * @returns {Record<string, Tensor>}
 */
export function compute({ nodes, constants }, inputs, outputs) {
  /** @type {Record<string, Tensor>} */
  const values = { ...constants, ...inputs };
  for (const { op, in: read, out, attributes = {} } of needed(nodes, outputs)) {
    const made = [OPERATORS[op](read.map((name) => values[name]), attributes)].flat();
    out.forEach((name, nth) => (values[name] = made[nth]));
  }
  return Object.fromEntries(outputs.map((name) => [name, values[name]]));
}

/** @param {readonly GraphNode[]} nodes @param {readonly string[]} outputs */
function needed(nodes, outputs) {
  const wanted = new Set(outputs);
  return nodes
    .toReversed()
    .filter(({ in: read, out }) => {
      const isNeeded = out.some((name) => wanted.has(name));
      if (isNeeded) for (const name of read) wanted.add(name);
      return isNeeded;
    })
    .toReversed();
}
