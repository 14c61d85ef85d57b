import { uniformFrom } from "../../browser/maths/noise.mjs";
import { Adam, oneCycle } from "./adam.mjs";
import { encode, negativeElbo } from "./elbo.mjs";
import { initialise, layersOf, sizeOf } from "./network.mjs";

/** @import { Terms } from "./elbo.mjs" */

/**
 * What a training is of. Images are bytes, (N, P).
 * @typedef {object} Plan
 * @property {number} pixels P @property {number} latentDim @property {number[]} hidden from the image's side
 * @property {number} epochs @property {number} batch @property {number} learningRate @property {number} beta @property {number} seed
 * @property {Uint8Array} train @property {Uint8Array} heldOut
 *
 * What is measured of images: nats per image.
 * @typedef {{reconstruction: number, kl: number, klPerDim: number[], sigmaPerDim: number[]}} Figures
 */

/** Standard normal, by pairs (Box & Muller). @param {number} count @param {() => number} random @returns {Float32Array} */
function normals(count, random) {
  const made = new Float32Array(count);
  for (let at = 0; at < count; at += 2) {
    const [radius, angle] = [Math.sqrt(-2 * Math.log(1 - random())), 2 * Math.PI * random()];
    made[at] = radius * Math.cos(angle);
    if (at + 1 < count) made[at + 1] = radius * Math.sin(angle);
  }
  return made;
}

/** One training: the model, Adam, the streams of numbers, and how far it is. */
export class Trainer {
  /** @param {Plan} plan */
  constructor(plan) {
    const { pixels, latentDim, hidden, train, heldOut, batch, epochs, seed } = plan;
    this.plan = plan;
    this.beta = plan.beta;
    this.images = Float32Array.from(train, (value) => value / 255);
    this.heldOut = Float32Array.from(heldOut, (value) => value / 255);
    this.count = train.length / pixels;
    this.stepsPerEpoch = Math.ceil(this.count / batch);
    this.totalSteps = epochs * this.stepsPerEpoch;
    this.step = 0;
    this.random = uniformFrom(seed);
    this.widths = { encoder: [pixels, ...hidden, 2 * latentDim], decoder: [latentDim, ...hidden.toReversed(), pixels] };
    const count = sizeOf(this.widths.encoder) + sizeOf(this.widths.decoder);
    this.numbers = new Float32Array(count);
    this.gradient = new Float32Array(count);
    this.vae = this.#viewed(this.numbers);
    this.gradients = this.#viewed(this.gradient);
    for (const layers of [this.vae.encoder, this.vae.decoder]) initialise(layers, this.random);
    this.adam = new Adam(count);
    this.order = Int32Array.from({ length: this.count }, (_, at) => at);
    this.noiseOfHeldOut = normals((heldOut.length / pixels) * latentDim, uniformFrom(seed + 1));
  }

  /** @param {Float32Array} numbers */
  #viewed(numbers) {
    const middle = sizeOf(this.widths.encoder);
    return { encoder: layersOf(this.widths.encoder, numbers), decoder: layersOf(this.widths.decoder, numbers.subarray(middle)) };
  }

  get isOver() {
    return this.step >= this.totalSteps;
  }

  get epoch() {
    return Math.ceil(this.step / this.stepsPerEpoch);
  }

  /** One step. @returns {{count: number, terms: Terms}} of its batch, before its update */
  advance() {
    const { batch, latentDim, learningRate } = this.plan;
    const nth = this.step % this.stepsPerEpoch;
    if (!nth) this.#shuffle();
    const x = this.#pixels(this.order.subarray(nth * batch, (nth + 1) * batch));
    const count = x.length / this.plan.pixels;
    const terms = negativeElbo(this.vae, x, normals(count * latentDim, this.random), latentDim, { gradients: this.gradients, beta: this.beta });
    const { rate, momentum } = oneCycle(this.step, this.totalSteps);
    this.adam.step(this.numbers, this.gradient, learningRate * rate, momentum);
    this.step++;
    return { count, terms };
  }

  /** @param {Int32Array} rows */
  #pixels(rows) {
    const { pixels } = this.plan;
    const x = new Float32Array(rows.length * pixels);
    rows.forEach((row, nth) => x.set(this.images.subarray(row * pixels, (row + 1) * pixels), nth * pixels));
    return x;
  }

  #shuffle() {
    const { order } = this;
    for (let last = order.length - 1; last > 0; last--) {
      const other = Math.floor(this.random() * (last + 1));
      [order[last], order[other]] = [order[other], order[last]];
    }
  }

  /** The held-out images' figures, with the same noise each time. @returns {Figures} */
  evaluate() {
    const { latentDim, pixels } = this.plan;
    const count = this.heldOut.length / pixels;
    const { reconstruction, klPerDim } = negativeElbo(this.vae, this.heldOut, this.noiseOfHeldOut, latentDim);
    const { logvar } = this.posteriors();
    const sigmas = new Float64Array(latentDim);
    logvar.forEach((value, at) => (sigmas[at % latentDim] += Math.exp(value / 2) / count));
    const perDim = Array.from(klPerDim, (sum) => sum / count);
    return { reconstruction: reconstruction / count, kl: perDim.reduce((sum, kl) => sum + kl, 0), klPerDim: perDim, sigmaPerDim: [...sigmas] };
  }

  /** Of the held-out images, (N, D). */
  posteriors() {
    const { latentDim, pixels } = this.plan;
    const { mu, logvar } = encode(this.vae, this.heldOut, this.heldOut.length / pixels, latentDim);
    return { mu, logvar };
  }
}
