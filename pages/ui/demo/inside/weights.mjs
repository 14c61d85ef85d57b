/** @import { Graph } from "../../browser/graph/graph.mjs" */
/** @import { Tensor } from "../../browser/graph/operators.mjs" */

/**
 * How an array lies in the file's bytes, as `pages/ui/demo/numbers.py` keeps it.
 * @typedef {{dims: number[], kind: "float" | "int" | "levels", start: number, step: number}} Kept
 * @typedef {Pick<Graph, "outputs" | "nodes"> & {constants: Record<string, Kept>, labels: Record<string, Record<string, Kept>>}} GraphHeader
 */

/** @param {readonly number[]} dims */
const sizeOf = (dims) => dims.reduce((product, length) => product * length, 1);

/** Low bytes, then high ones. @param {ArrayBuffer} blob @param {number} start @param {number} count */
export function planes(blob, start, count) {
  const [low, high] = [new Uint8Array(blob, start, count), new Uint8Array(blob, start + count, count)];
  return Uint16Array.from(low, (byte, at) => byte | (high[at] << 8));
}

/** Whole steps of what is kept so. @param {ArrayBuffer} blob @param {Kept} kept @returns {Int16Array} */
export const levelsOf = (blob, { dims, start }) => Int16Array.from(planes(blob, start, sizeOf(dims)));

/** @param {Int16Array} levels @param {Kept} kept @returns {Tensor} */
export const scaled = (levels, { dims, step }) => ({ dims, data: Float32Array.from(levels, (level) => level * step) });

/** @param {ArrayBuffer} blob @param {Kept} kept @returns {Tensor} */
export function tensorOf(blob, kept) {
  const { dims, kind, start } = kept;
  if (kind === "levels") return scaled(levelsOf(blob, kept), kept);
  const Kind = kind === "float" ? Float32Array : Int32Array;
  return { dims, data: new Kind(blob, start, sizeOf(dims)) };
}

/** @param {ArrayBuffer} blob @param {Record<string, Kept>} kept */
const tensorsOf = (blob, kept) => Object.fromEntries(Object.entries(kept).map(([name, each]) => [name, tensorOf(blob, each)]));

/** A graph as it is computed. @param {GraphHeader} header @param {ArrayBuffer} blob @param {string | null} label the class that it is told @returns {Graph} */
export function graphOf(header, blob, label) {
  const told = (label !== null && header.labels[label]) || {};
  return { outputs: header.outputs, nodes: header.nodes, constants: { ...tensorsOf(blob, header.constants), ...tensorsOf(blob, told) } };
}

/**
 * Levels of a step 2^shift times as wide, halves upwards, as Python rounds them.
 * @param {Int16Array} levels @param {number} shift @returns {Int16Array}
 */
export const coarser = (levels, shift) => levels.map((level) => (level + ((1 << shift) >> 1)) >> shift);
