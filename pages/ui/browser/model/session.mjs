import { Explained } from "../lib/fetching.mjs";

/** @import { Runtime } from "./decoder.mjs" */

/**
 * An ONNX file, ready to compute.
 * @typedef {object} Session
 * @property {readonly string[]} outputs names of what it computes
 * @property {(input: Float32Array, shape: number[], outputs: readonly string[]) => Promise<Record<string, Float32Array>>} run
 *   one input, the first dimension of its shape being the batch; rejects with an AbortError once it is released
 * @property {() => void} release frees it, after what is under way
 */

/**
 * @param {Runtime} runtime @param {ArrayBuffer} file @param {string} input its name
 * @param {string} what to begin a sentence with: "The decoder"
 * @param {boolean} lasting worth the 30 ms that optimising its graph takes
 * @returns {Promise<Session>}
 * Throws Explained where the file is no ONNX file.
 */
export async function openSession(runtime, file, input, what, lasting) {
  const session = await create(runtime, file, what, lasting ? "all" : "disabled");
  let underWay = 0;
  let isReleased = false;
  let isFreed = false;
  const free = () => {
    if (!isReleased || underWay || isFreed) return;
    isFreed = true; // the runtime frees a session once, and complains of a second time where nobody hears it
    void session.release();
  };
  return {
    outputs: session.outputNames,
    async run(values, shape, outputs) {
      if (isReleased) throw new DOMException(`${what} has been let go`, "AbortError");
      underWay++;
      try {
        const made = await session.run({ [input]: new runtime.Tensor("float32", values, shape) }, [...outputs]);
        return Object.fromEntries(outputs.map((name) => [name, /** @type {Float32Array} */ (made[name].data)]));
      } finally {
        underWay--;
        free();
      }
    },
    release() {
      isReleased = true;
      free();
    },
  };
}

/** @param {Runtime} runtime @param {ArrayBuffer} file @param {string} what @param {"all" | "disabled"} level */
async function create(runtime, file, what, level) {
  try {
    return await runtime.InferenceSession.create(file, { executionProviders: ["wasm"], graphOptimizationLevel: level });
  } catch {
    throw new Explained(`${what} could not be read: expected an ONNX file; open another run.`);
  }
}

/**
 * Run once, which also warms it up.
 * @param {Session} session @param {string} what @param {number} expected values
 * @param {() => Promise<ArrayLike<number>>} once
 * Throws Explained, the session released, where something else comes out.
 */
export async function check(session, what, expected, once) {
  const got = await once().then(
    ({ length }) => length,
    () => 0,
  );
  if (got === expected) return;
  session.release();
  throw new Explained(
    `${what} does not fit this run: expected ${expected} values, got ${got || "none"}; open another run.`,
  );
}
