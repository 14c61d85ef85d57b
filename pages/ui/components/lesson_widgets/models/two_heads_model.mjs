import { runAddress } from "../../../browser/lib/contract.mjs";
import { createDecoder, loadRuntime } from "../../../browser/model/decoder.mjs";
import { readEmbedding } from "../../../browser/model/embedding.mjs";
import { createEncoder } from "../../../browser/model/encoder.mjs";
import { fetchOrExplain } from "../../../browser/lib/fetching.mjs";

/** A shipped model with its real images, opened once for a page: its encoder, its decoder, one image of each class. */

/** @import { WidgetData } from "../types.mjs" */
/** @import { Decoder } from "../../../browser/model/decoder.mjs" */
/** @import { Encoder } from "../../../browser/model/encoder.mjs" */

/** @typedef {{encoder: Encoder, decoder: Decoder, images: Float32Array[]}} Opened images: C·H·W, 0 to 1 */

export const SHAPE = /** @type {[number, number, number]} */ ([1, 8, 8]);
const MODEL = { latentDim: 2, imageShape: SHAPE };

/** @type {Map<string, Promise<Opened>>} */
const opened = new Map();

/** @param {WidgetData} data @returns {Promise<Opened>} Throws Explained where something cannot be had. */
export function openModel({ assets, model }) {
  if (!model) throw new Error("the page has named no model");
  const known = opened.get(model.base);
  if (known) return known;
  const opening = open(assets, model);
  opened.set(model.base, opening);
  opening.catch(() => opened.delete(model.base));
  return opening;
}

/** @param {string} assets @param {{base: string, step: number}} model @returns {Promise<Opened>} */
async function open(assets, { base, step }) {
  /** @param {string} address @param {string} what */
  const file = async (address, what) => (await fetchOrExplain(address, what)).arrayBuffer();
  const [runtime, encoder, decoder, embedding, images] = await Promise.all([
    loadRuntime(assets),
    file(runAddress.encoder(base, step), "The encoder"),
    file(runAddress.decoder(base, step), "The decoder"),
    file(runAddress.embedding(base, step), "The images' labels"),
    file(runAddress.images(base), "The real images"),
  ]);
  return {
    encoder: await createEncoder(runtime, encoder, MODEL, { lasting: true }),
    decoder: await createDecoder(runtime, decoder, MODEL, { lasting: true }),
    images: oneOfEach(readEmbedding(embedding, MODEL.latentDim).labels, new Uint8Array(images)),
  };
}

/**
 * The first image of each class.
 * @param {Uint8Array} labels (N,) @param {Uint8Array} images (N, C, H, W) @returns {Float32Array[]}
 */
export function oneOfEach(labels, images) {
  const size = images.length / labels.length;
  const classes = [...new Set(labels)].sort((one, other) => one - other);
  return classes.map((label) => {
    const row = labels.indexOf(label);
    return Float32Array.from(images.subarray(row * size, (row + 1) * size), (grey) => grey / 255);
  });
}
