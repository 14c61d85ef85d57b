import { compute } from "../../browser/graph/graph.mjs";

/** @import { Graph } from "../../browser/graph/graph.mjs" */

/**
 * What stands in for ONNX Runtime Web in a file of three megabytes: it opens graphs of ours instead of ONNX files, by the
 * numbers that stand in for their bytes.
 */
export class OwnRuntime {
  /** @type {Map<number, Graph>} */
  #graphs = new Map();
  /** @type {WeakMap<Graph, number>} */
  #numbers = new WeakMap();
  #next = 1;

  /** Four bytes that stand for a graph. @param {Graph} graph @returns {ArrayBuffer} */
  ticket(graph) {
    const known = this.#numbers.get(graph);
    const number = known ?? this.#next++;
    this.#graphs.set(number, graph);
    this.#numbers.set(graph, number);
    return Uint32Array.of(number).buffer;
  }

  /** A graph that nobody opens any more. @param {ArrayBuffer} ticket */
  forget(ticket) {
    this.#graphs.delete(new Uint32Array(ticket)[0]);
  }

  /** As the rest of the app asks ONNX Runtime. */
  get runtime() {
    return {
      Tensor: class {
        /** @param {string} _kind @param {Float32Array} data @param {number[]} dims */
        constructor(_kind, data, dims) {
          Object.assign(this, { data, dims });
        }
      },
      InferenceSession: {
        /** @param {ArrayBuffer} file */
        create: async (file) => sessionOf(this.#graphs.get(file.byteLength === 4 ? new Uint32Array(file)[0] : 0)),
      },
    };
  }
}

/** @param {Graph | undefined} graph */
function sessionOf(graph) {
  if (!graph) throw new Error("no such graph in this file");
  return {
    outputNames: graph.outputs,
    /** @param {Record<string, any>} inputs @param {string[]} outputs */
    run: async (inputs, outputs) => compute(graph, inputs, outputs),
    release: async () => undefined,
  };
}
