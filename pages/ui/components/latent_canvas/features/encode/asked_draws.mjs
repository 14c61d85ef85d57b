import { askedByDraws } from "../../../../browser/maths/importance.mjs";
import { standardNormal } from "../../../../browser/maths/gaussian.mjs";
import { uniformFrom } from "../../../../browser/maths/noise.mjs";
import { visibleNats } from "../../../../browser/maths/visible.mjs";
import { proposalOf } from "../../../../browser/model/posterior.mjs";

/** @import { Decoder } from "../../../../browser/model/decoder.mjs" */
/** @import { Encoder } from "../../../../browser/model/encoder.mjs" */
/** @import { WeightedDraws } from "../../../../browser/maths/importance.mjs" */
/** @import { Likelihood } from "../../../../browser/maths/likelihoods.mjs" */
/** @import { Visible } from "../../../../browser/maths/visible.mjs" */

/** @typedef {{decoder: Decoder, encoder: Encoder | null, likelihood: Likelihood, latentDim: number}} AskedModel */

/** Decoded at once. */
const BATCH = 64;
/** The encoder was taught whole images: what it says of one that is half a guess is a little too sure. */
const WIDER = 1.3;
/** The same draws for the same stroke, so that nothing flickers. */
const SEED = 20;

/**
 * p(z | visible) by weighted draws, better from round to round.
 * @param {AskedModel} model @param {Visible} visible
 * @param {{signal?: AbortSignal, rounds?: number, onRound?: (draws: WeightedDraws, round: number) => unknown}} [options]
 * @returns {Promise<WeightedDraws | null>} null where it was called off
 */
export function askDraws(model, visible, { signal, rounds, onRound } = {}) {
  const random = uniformFrom(SEED);
  return askedByDraws(
    {
      score: (zs) => scored(model, visible, zs, signal),
      guess: async (hidden) => model.encoder && proposalOf(await model.encoder.encode(filled(visible, hidden)), WIDER),
      noise: (count) => Float64Array.from({ length: count }, () => standardNormal(random)),
      random,
      latentDim: model.latentDim,
      pixels: visible.image.length,
      signal,
    },
    { rounds, onRound },
  );
}

/** @param {AskedModel} model @param {Visible} visible @param {Float64Array[]} zs @param {AbortSignal} [signal] */
async function scored({ decoder, likelihood, latentDim }, visible, zs, signal) {
  const pixels = visible.image.length;
  const nats = new Float64Array(zs.length);
  /** @type {Float32Array[]} */
  const images = [];
  for (let from = 0; from < zs.length && !signal?.aborted; from += BATCH) {
    const some = zs.slice(from, from + BATCH);
    const { image, raw, logScale } = await decoder.reconstructBatch(packed(some, latentDim), some.length);
    nats.set(visibleNats({ likelihood, logScale }, visible, raw, some.length), from);
    some.forEach((_, row) => images.push(image.subarray(row * pixels, (row + 1) * pixels)));
  }
  return { nats, images };
}

/** @param {readonly ArrayLike<number>[]} zs (n) of (D,) @param {number} latentDim @returns {Float32Array} (n, D) */
export function packed(zs, latentDim) {
  const all = new Float32Array(zs.length * latentDim);
  zs.forEach((z, row) => all.set(z, row * latentDim));
  return all;
}

/**
 * What is visible, and for the rest what stands in for it.
 * @param {Visible} visible @param {ArrayLike<number>} hidden C·H·W @returns {Float32Array} C·H·W
 */
export const filled = ({ image, isVisible }, hidden) => image.map((value, pixel) => (isVisible[pixel] ? value : hidden[pixel]));
