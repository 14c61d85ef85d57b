import { runAddress } from "../../../browser/lib/contract.mjs";
import { fetchOrExplain } from "../../../browser/lib/fetching.mjs";
import { createDecoder, loadRuntime } from "../../../browser/model/decoder.mjs";
import { readEmbedding } from "../../../browser/model/embedding.mjs";
import { fetchImages } from "../../../browser/model/models.mjs";
import { thinned } from "../maths/draws.mjs";
import { createEncoder } from "../../../browser/model/encoder.mjs";

/** @import { Decoder } from "../../../browser/model/decoder.mjs" */
/** @import { Posteriors } from "../../../browser/model/embedding.mjs" */
/** @import { Encoder } from "../../../browser/model/encoder.mjs" */

/** Every so many points are drawn: enough to see the map, and few enough to travel. */
const EVERY = 4;

/**
 * Where a model lies and what its images are, see `pages/ui/learn/lesson_place.py`.
 * @typedef {object} ModelPlace
 * @property {string} base address under which everything about it lies
 * @property {number} step
 * @property {number} latentDim
 * @property {[number, number, number]} imageShape C, H, W
 * @property {string[]} classes their names
 */

/**
 * A model as `pages/ui/learn/lesson_widgets.py` describes it; figures are of the held-out images, nats per image.
 * @typedef {object} ModelFigures
 * @property {number | null} beta null for the autoencoder
 * @property {number} rate KL
 * @property {number} distortion reconstruction
 * @property {number} bound −ELBO
 * @property {number} active units
 * @property {number} trained reconstruction of the training images
 * @property {number} parameters
 * @property {number} epochS seconds for an epoch, on the machine that trained it
 * @property {number} smoothedHoles part of the prior's mass, 0 to 1, between posteriors that reach to their neighbours
 * @property {{real: number, reconstructed: number, generated: number}} undecided nats per pixel
 * @property {{images: number, train: number, heldOut: number}[]} shrunk reconstruction after training on so many images
 * @property {boolean} hasImages whether the real images are on the server's machine
 *
 * @typedef {ModelPlace & ModelFigures} LessonModel
 */

/** The lessons' models in the browser: each fetched when it is first wanted, and kept. */
export class LessonModels {
  /** @param {readonly LessonModel[]} records @param {string} assets absolute address */
  constructor(records, assets) {
    this.records = records;
    this.assets = assets;
    this.stopping = new AbortController();
    /** @type {Map<number, Promise<Decoder>>} */
    this.decoders = new Map();
    /** @type {Map<number, Promise<{all: Posteriors, few: Posteriors}>>} */
    this.maps = new Map();
  }

  /** @param {number} index @returns {Promise<Decoder>} */
  decoder(index) {
    return kept(this.decoders, index, async () => {
      const { base, step, latentDim, imageShape } = this.records[index];
      loadRuntime(this.assets).catch(() => undefined); // beside the file; what is wrong with it is said below
      const file = await this.#fetch(runAddress.decoder(base, step), "The decoder");
      const options = { latentDim, imageShape };
      return createDecoder(await loadRuntime(this.assets), await file.arrayBuffer(), options, { lasting: true });
    });
  }

  /** Where a model has the held-out images: all of them, and few enough to draw. @param {number} index */
  map(index) {
    return kept(this.maps, index, async () => {
      const { base, step, latentDim } = this.records[index];
      const file = await this.#fetch(runAddress.embedding(base, step), "The map's points");
      const all = readEmbedding(await file.arrayBuffer(), latentDim);
      return { all, few: thinned(all, EVERY) };
    });
  }

  /** Images of a model. @param {number} index @param {Float32Array} z (n, D) @returns {Promise<Float32Array>} (n, C·H·W) */
  async images(index, z) {
    return (await this.decoder(index)).decodeBatch(z, z.length / this.records[index].latentDim);
  }

  /** Some of the held-out images themselves, 0 to 255; null where they are not at hand. @param {number[]} numbers as a map's index has them */
  async real(numbers) {
    const [{ base, hasImages }] = this.records;
    return hasImages ? fetchImages({ run: { base } }, "held-out", numbers, this.stopping.signal) : null;
  }

  /** The mixture of so many parts that was fitted to a model's map. @param {number} index @param {number} components */
  async mixture(index, components) {
    for (;;) {
      const file = await this.#fetch(runAddress.mixture(this.records[index].base, { components }), "The mixture");
      const found = await file.json();
      if (found.weights) return /** @type {import("../../../browser/lib/contract.mjs").Mixture} */ (found);
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }

  /** @param {string} url @param {string} what */
  #fetch(url, what) {
    return fetchOrExplain(url, what, this.stopping.signal);
  }

  destroy() {
    this.stopping.abort();
    for (const decoder of this.decoders.values()) decoder.then((each) => each.release(), () => undefined);
  }
}

/**
 * What was made for a key, or is made now; what fails is made again when it is asked for again.
 * @template T @param {Map<number, Promise<T>>} known @param {number} key @param {() => Promise<T>} make
 */
function kept(known, key, make) {
  const before = known.get(key);
  if (before) return before;
  const made = make();
  known.set(key, made);
  made.catch(() => known.delete(key));
  return made;
}

/** The models that Python has sent a widget. @param {import("../panel.mjs").Panel<any>} panel @returns {readonly LessonModel[]} */
export const modelsOf = ({ data }) => data.models ?? [];

/**
 * A shipped model with its real images, opened once for a page: its encoder, its decoder, one image of each class.
 * @typedef {{encoder: Encoder, decoder: Decoder, images: Float32Array[]}} Opened images: C·H·W, 0 to 1
 */

/** @type {Map<string, Promise<Opened>>} */
const opened = new Map();

/** The model that Python has sent a widget. @param {import("../panel.mjs").Panel<any>} panel @returns {ModelPlace} */
export function modelOf({ data }) {
  if (!data.model) throw new Error(`the page has sent the widget ${data.widget} no model`);
  return data.model;
}

/** @param {string} assets @param {ModelPlace} model @returns {Promise<Opened>} Throws Explained where something cannot be had. */
export function openModel(assets, model) {
  const known = opened.get(model.base);
  if (known) return known;
  const opening = open(assets, model);
  opened.set(model.base, opening);
  opening.catch(() => opened.delete(model.base));
  return opening;
}

/** @param {string} assets @param {ModelPlace} model @returns {Promise<Opened>} */
async function open(assets, model) {
  const { base, step, latentDim } = model;
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
    encoder: await createEncoder(runtime, encoder, model, { lasting: true }),
    decoder: await createDecoder(runtime, decoder, model, { lasting: true }),
    images: oneOfEach(readEmbedding(embedding, latentDim).labels, new Uint8Array(images)),
  };
}

/**
 * The first image of each class.
 * @param {import("../../../browser/model/embedding.mjs").Labels} labels (N,) @param {Uint8Array} images (N, C, H, W) @returns {Float32Array[]}
 */
export function oneOfEach(labels, images) {
  const size = images.length / labels.length;
  const classes = [...new Set(labels)].sort((one, other) => one - other);
  return classes.map((label) => {
    const row = labels.indexOf(label);
    return Float32Array.from(images.subarray(row * size, (row + 1) * size), (grey) => grey / 255);
  });
}
