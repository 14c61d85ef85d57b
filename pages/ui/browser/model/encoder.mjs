import { check, openSession } from "./session.mjs";

/** @import { Runtime } from "./decoder.mjs" */
/** @import { Posterior } from "./posterior.mjs" */

const WHAT = "The encoder";

/**
 * One encoder, ready to encode.
 * @typedef {object} Encoder
 * @property {(image: Float32Array) => Promise<Posterior>} encode C·H·W values, 0 to 1
 * @property {() => void} release frees it, after what is under way
 */

/**
 * @param {Runtime} runtime
 * @param {ArrayBuffer} file ONNX: "image" (N, C, H, W) float32 to "mu" and "logvar" (N, D) float32, and for a full
 *   covariance "factor" (N, D, D)
 * @param {{latentDim: number, imageShape: readonly number[]}} model
 * @param {{lasting?: boolean}} [options] lasting: worth the 30 ms that optimising its graph takes
 * @returns {Promise<Encoder>}
 * Throws Explained where the file is not such an encoder.
 */
export async function createEncoder(runtime, file, { latentDim, imageShape }, { lasting = false } = {}) {
  const session = await openSession(runtime, file, "image", WHAT, lasting);
  const encoder = {
    /** @param {Float32Array} image @returns {Promise<Posterior>} */
    async encode(image) {
      const { mu, logvar, factor = null } = await session.run(image, [1, ...imageShape], session.outputs);
      return { mu, logvar, factor };
    },
    release: session.release,
  };
  const black = new Float32Array(imageShape.reduce((product, size) => product * size, 1));
  await check(session, WHAT, latentDim, async () => (await encoder.encode(black)).mu);
  return encoder;
}
