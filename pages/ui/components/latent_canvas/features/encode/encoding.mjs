import { reconstructionNats } from "../../../../browser/maths/likelihoods.mjs";
import { measure } from "../../../../browser/lib/measures.mjs";
import { latestWins } from "../../../../browser/lib/latest_wins.mjs";
import { sample } from "../../../../browser/model/posterior.mjs";
import { eased } from "../../../../browser/model/travel.mjs";

/** @import { Codecs } from "../../../../browser/model/codecs.mjs" */
/** @import { Decoder, Reconstruction } from "../../../../browser/model/decoder.mjs" */
/** @import { Likelihood } from "../../../../browser/maths/likelihoods.mjs" */
/** @import { Posterior } from "../../../../browser/model/posterior.mjs" */

/**
 * What is to be encoded: an image, or a posterior that was stored without it.
 * @typedef {{image: Float32Array | null, stored: Posterior | null}} Subject image: C·H·W values, 0 to 1
 *
 * What came of it.
 * @typedef {object} Encoded
 * @property {Float32Array | null} image
 * @property {Posterior} posterior
 * @property {ArrayLike<number>} z what is decoded: the posterior's mean, or a draw
 * @property {Reconstruction | null} reconstruction null where there is no decoder
 * @property {number | null} nats of the image under the model's likelihood; null where one of the two is missing
 *
 * @typedef {object} EncodingEvents
 * @property {(encoded: Encoded) => void} onEncode
 * @property {(error: unknown) => void} onError
 * @property {() => boolean} isWatched whether anybody looks: else nothing is fetched or computed
 */

/** Encodes the newest of what it is given, decodes it again, and scores the two against each other. */
export class Encoding {
  /** @param {Likelihood} likelihood @param {Codecs} codecs @param {EncodingEvents} events */
  constructor(likelihood, codecs, { onEncode, onError, isWatched }) {
    this.likelihood = likelihood;
    this.codecs = codecs;
    this.onEncode = onEncode;
    this.isWatched = isWatched;
    /** @type {Decoder | null} the canvas's */
    this.decoder = null;
    /** @type {number | null} the canvas's decoder's */
    this.step = null;
    /** The class that encoder and decoder are given, and the one that the canvas's decoder draws. */
    this.label = this.decoderLabel = 0;
    /** @type {Subject | null} */
    this.subject = null;
    /** @type {ArrayLike<number> | null} standard normal, for a draw instead of the mean */
    this.noise = null;
    /** @type {Encoded | null} */
    this.latest = null;
    this.request = latestWins(async (/** @type {"encode" | "decode"} */ _slot, /** @type {() => Promise<void>} */ job) => {
      try {
        await job();
      } catch (error) {
        onError(error);
      }
    });
  }

  /** @param {Decoder} decoder that the canvas has now @param {number} step @param {number} label the class that it draws */
  useDecoder(decoder, step, label) {
    Object.assign(this, { decoder, step, decoderLabel: label });
    this.again();
  }

  /** @param {number} label the class to be given from now on */
  useClass(label) {
    if (label === this.label) return;
    this.label = label;
    this.again();
  }

  /** Decoder and encoder for the class that is told now; null until there is a decoder. */
  get model() {
    const codec = this.codecs.for(this.label);
    const canvasDecoder = this.label === this.decoderLabel ? this.decoder : null;
    const decoder = codec?.decoder ?? canvasDecoder;
    return decoder && { decoder, encoder: codec?.encoder ?? null };
  }

  /** Have the models fetched that are not here. */
  want() {
    const { label, step } = this;
    if (step !== null) this.codecs.want({ step, label, withDecoder: label !== this.decoderLabel });
  }

  /** Whether something can be shown of a subject at once. @param {Subject} subject */
  canShow(subject) {
    return subject.stored !== null || this.codecs.for(this.label) !== null;
  }

  /** @param {Subject | null} subject null for nothing @param {number} [timeStamp] of the event behind it */
  encode(subject, timeStamp) {
    this.subject = subject;
    this.noise = null;
    if (!subject || !this.canShow(subject)) this.latest = null;
    this.again(timeStamp);
  }

  /** The same, by what encoder and decoder are now; a newer encoder is fetched. @param {number} [timeStamp] */
  again(timeStamp) {
    if (!this.subject || !this.isWatched()) return;
    this.want();
    this.request("encode", () => this.#encode(timeStamp));
  }

  /**
   * Which z stands for the posterior from now on.
   * @param {ArrayLike<number> | null} noise (D,) standard normal for a draw, null for the mean
   * @returns {ArrayLike<number>} that z, to be reached by `decodeAt`
   */
  choose(noise) {
    this.noise = noise;
    const posterior = /** @type {Encoded} */ (this.latest).posterior;
    return noise ? sample(posterior, noise) : posterior.mu;
  }

  /** Decode any z with the posterior as it is. @param {ArrayLike<number>} z (D,) */
  decodeAt(z) {
    const { latest } = this;
    this.request("decode", async () => {
      if (latest && latest.posterior === this.latest?.posterior) await this.#decode(latest.image, latest.posterior, z);
    });
  }

  /** @param {number} [timeStamp] */
  async #encode(timeStamp) {
    const { subject } = this;
    const encoder = this.codecs.for(this.label)?.encoder;
    const posterior = subject?.image && encoder ? await encoder.encode(subject.image) : subject?.stored;
    if (!subject || !posterior) return; // the encoder is on its way
    await this.#decode(subject.image, posterior, this.noise ? sample(posterior, this.noise) : posterior.mu);
    if (timeStamp !== undefined) measure("encode", timeStamp, performance.now());
  }

  /** @param {Float32Array | null} image @param {Posterior} posterior @param {ArrayLike<number>} z */
  async #decode(image, posterior, z) {
    const reconstruction = this.model ? await this.model.decoder.reconstruct(z) : null;
    if (!this.subject) return; // taken away meanwhile
    const isScored = image && reconstruction?.raw;
    const nats = isScored ? reconstructionNats(this.likelihood, reconstruction.raw, image, reconstruction.logScale) : null;
    this.latest = { image, posterior, z, reconstruction, nats };
    this.onEncode(this.latest);
  }

  destroy() {
    this.subject = this.latest = this.decoder = null;
    this.codecs.destroy();
  }
}

const TRAVEL_MS = 200;

/** Takes a z from one place to another: as something moves, or at once where motion is unwelcome. */
export class MovingZ {
  /** @param {(z: ArrayLike<number>) => void} step called with every z on the way, the last of all exactly */
  constructor(step) {
    this.step = step;
    this.frame = 0;
  }

  /** @param {ArrayLike<number>} from @param {ArrayLike<number>} to */
  to(from, to) {
    this.stop();
    const startedAt = performance.now();
    const prefersReducedMotion = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const go = () => {
      const passed = prefersReducedMotion ? 1 : (performance.now() - startedAt) / TRAVEL_MS;
      this.frame = passed < 1 ? requestAnimationFrame(go) : 0;
      this.step(passed < 1 ? between(from, to, eased(passed)) : to);
    };
    go();
  }

  stop() {
    cancelAnimationFrame(this.frame);
    this.frame = 0;
  }
}

/** @param {ArrayLike<number>} from @param {ArrayLike<number>} to @param {number} share */
const between = (from, to, share) => Float64Array.from(from, (value, index) => value + share * (to[index] - value));
