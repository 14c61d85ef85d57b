import { RUNTIME } from "../lib/contract.mjs";
import { Explained, fetchOrExplain } from "../lib/fetching.mjs";
import { nextTask } from "../lib/idle.mjs";
import { provider } from "../lib/provider.mjs";
import { check, openSession } from "./session.mjs";

/** @typedef {typeof import("onnxruntime-web")} Runtime */

const WHAT = "The decoder";

/** @type {Map<string, Promise<Runtime>>} */
const runtimes = new Map();

/**
 * ONNX Runtime Web, loaded once per page.
 * @param {string} assets absolute address of the assets
 * @returns {Promise<Runtime>}
 */
export function loadRuntime(assets) {
  const known = runtimes.get(assets);
  if (known) return known;
  const loading = provider()?.runtime() ?? importRuntime(assets);
  runtimes.set(assets, loading);
  loading.catch(() => runtimes.delete(assets));
  return loading;
}

/**
 * A browser never asks twice for a module or a hint that it did not get: another try has addresses of its own.
 * @param {string} assets @returns {Promise<Runtime>}
 */
async function importRuntime(assets) {
  try {
    return await fetched(filesOf(assets));
  } catch {
    const files = filesOf(assets, `?again=${performance.now()}`);
    for (const file of files) await fetchOrExplain(file, "The decoder's runtime");
    return fetched(files).catch(() => {
      throw new Explained("The decoder's runtime could not start in this browser; reload the page, or try another.");
    });
  }
}

/** @param {string} assets @param {string} [again] */
const filesOf = (assets, again = "") => RUNTIME.map((file) => new URL(`ort/${file}${again}`, assets).href);

/**
 * The runtime's loader would ask for its files one after the other: ask for all at once.
 * @param {string[]} files @returns {Promise<Runtime>}
 */
async function fetched([main, mjs, wasm]) {
  hint("modulepreload", mjs);
  hint("preload", wasm);
  return started(await import(main), { mjs, wasm });
}

/** @param {string} rel @param {string} href */
function hint(rel, href) {
  const link = document.createElement("link");
  Object.assign(link, rel === "preload" ? { rel, as: "fetch", crossOrigin: "anonymous", href } : { rel, href });
  document.head.append(link);
}

/** An ONNX file of one node, y = −x. */
const SMALLEST = "CAgSADoyCgsKAXgSAXkiA05lZxIBZ1oPCgF4EgoKCAgBEgQKAggBYg8KAXkSCgoICAESBAoCCAFCBAoAEBE=";

/**
 * Starting the WebAssembly takes half a second and happens with the first session: have that one while the decoder is
 * still on its way. One thread and no worker need no cross-origin isolation.
 * @param {Runtime} runtime @param {{mjs: string, wasm: string}} wasmPaths
 */
async function started(runtime, wasmPaths) {
  Object.assign(runtime.env.wasm, { numThreads: 1, proxy: false, wasmPaths });
  runtime.env.logLevel = "error";
  const bytes = Uint8Array.from(atob(SMALLEST), (letter) => letter.charCodeAt(0));
  await (await runtime.InferenceSession.create(bytes, { executionProviders: ["wasm"] })).release();
  return runtime;
}

/**
 * What a decoder makes of one z.
 * @typedef {object} Reconstruction
 * @property {Float32Array} image C·H·W values, 0 to 1: the likelihood's mean
 * @property {Float32Array} raw the same shape, what the likelihood is computed from, see `likelihoods.mjs`
 * @property {number | Float32Array} logScale of the likelihood, or one for each channel or pixel; 0 where it has none
 *
 * One decoder, ready to decode.
 * @typedef {object} Decoder
 * @property {(z: readonly number[]) => Promise<Float32Array>} decode all D coordinates to C·H·W values, 0 to 1
 * @property {import("../maths/pullback.mjs").DecodeBatch} decodeBatch several at once, row by row
 * @property {(z: ArrayLike<number>) => Promise<Reconstruction>} reconstruct
 * @property {(zs: Float32Array, count: number) => Promise<Reconstruction>} reconstructBatch several at once, row by row
 * @property {() => void} release frees it, after what is under way
 */

/**
 * @param {Runtime} runtime
 * @param {ArrayBuffer} file ONNX: "z" (N, D) float32 to "image" and "raw" (N, C, H, W) float32, and perhaps
 *   "log_scale", (), (C, 1, 1) or (C, H, W)
 * @param {{latentDim: number, imageShape: readonly number[]}} model
 * @param {{lasting?: boolean}} [options] lasting: worth the 30 ms that optimising its graph takes
 * @returns {Promise<Decoder>}
 * Throws Explained where the file is not such a decoder.
 */
export async function createDecoder(runtime, file, { latentDim, imageShape }, { lasting = false } = {}) {
  const session = await openSession(runtime, file, "z", WHAT, lasting);
  /** @param {Float32Array} z @param {number} count */
  const run = async (z, count) => (await session.run(z, [count, latentDim], ["image"])).image;
  /** @param {Float32Array} zs @param {number} count */
  const reconstructBatch = async (zs, count) => {
    const made = await session.run(zs, [count, latentDim], session.outputs);
    return { image: made.image, raw: made.raw, logScale: made.log_scale ?? 0 };
  };
  const decoder = {
    /** @param {readonly number[]} z */
    decode: (z) => run(Float32Array.from(z), 1),
    decodeBatch: run,
    /** @param {ArrayLike<number>} z */
    reconstruct: (z) => reconstructBatch(Float32Array.from(z), 1),
    reconstructBatch,
    release: session.release,
  };
  const expected = imageShape.reduce((product, size) => product * size, 1);
  await nextTask(); // each of the two takes a good part of a frame
  await check(session, WHAT, expected, () => decoder.decode(new Array(latentDim).fill(0)));
  return decoder;
}
