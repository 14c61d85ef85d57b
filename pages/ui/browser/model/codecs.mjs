import { isFinal } from "../lib/polling.mjs";
import { createDecoder } from "./decoder.mjs";
import { createEncoder } from "./encoder.mjs";
import { fetchDecoder, fetchEncoder } from "./models.mjs";
import { latestWins } from "../lib/latest_wins.mjs";

/** @import { CanvasData } from "../lib/contract.mjs" */
/** @import { Decoder, Runtime } from "./decoder.mjs" */
/** @import { Encoder } from "./encoder.mjs" */

/**
 * Which models: those of a step, for a class.
 * @typedef {object} Wanted
 * @property {number} step
 * @property {number} label 0 where the model knows no classes
 * @property {boolean} withDecoder whether the canvas decodes for another class
 *
 * An encoder, and a decoder if one was wanted with it.
 * @typedef {{encoder: Encoder, decoder: Decoder | null}} Codec
 *
 * @typedef {object} CodecEvents
 * @property {() => void} onArrive what was wanted last is here
 * @property {(error: unknown) => void} onError
 */

/** A server that does not answer is asked again no sooner than this, however much is drawn meanwhile. */
const RETRY_AFTER_MS = 2000;

/**
 * The encoder in use. It is fetched when somebody first wants it and again for each newer step; until that one is here
 * the old one serves, and a run that trains faster than files arrive does not starve it.
 */
export class Codecs {
  /** @param {(wanted: Wanted) => Promise<Codec>} open @param {CodecEvents} events @param {() => number} [now] ms */
  constructor(open, { onArrive, onError }, now = () => performance.now()) {
    this.now = now;
    this.failedAt = -Infinity;
    /** @type {Wanted | null} what is here or on its way */
    this.wanted = null;
    /** @type {(Codec & {of: Wanted}) | null} */
    this.current = null;
    this.isStopped = false;
    this.request = latestWins(async (/** @type {null} */ _slot, /** @type {Wanted} */ wanted) => {
      try {
        const codec = await open(wanted);
        if (this.isStopped) return letGo(codec);
        letGo(this.current);
        this.current = { ...codec, of: wanted };
        this.failedAt = -Infinity;
        onArrive();
      } catch (error) {
        if (same(this.wanted, wanted)) this.wanted = null; // so that wanting it again asks again
        this.failedAt = now();
        if (!this.isStopped) onError(error);
      }
    });
  }

  /** The encoder for a class, even of an older step. @param {number} label @returns {Codec | null} */
  for(label) {
    return this.current?.of.label === label ? this.current : null;
  }

  /** Whether it was asked for just now, in vain. */
  get isWaiting() {
    return this.now() - this.failedAt < RETRY_AFTER_MS;
  }

  /** @param {Wanted} wanted */
  want(wanted) {
    if (same(wanted, this.wanted) || this.isWaiting) return;
    this.wanted = wanted;
    this.request(null, wanted);
  }

  destroy() {
    this.isStopped = true;
    letGo(this.current);
    this.current = null;
  }
}

/** @param {Codec | null} codec */
function letGo(codec) {
  codec?.encoder.release();
  codec?.decoder?.release();
}

/** @param {Wanted | null} one @param {Wanted | null} other */
const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);

/**
 * Fetch and open the models of a run.
 * @param {CanvasData} data @param {Promise<Runtime>} runtime @param {Wanted} wanted
 * @param {number | null} [epoch] of the step, where that is looked back on
 * @returns {Promise<Codec>}
 */
export async function openCodec(data, runtime, { step, label, withDecoder }, epoch = null) {
  const files = [fetchEncoder(data, step, label, epoch)];
  if (withDecoder) files.push(fetchDecoder({ ...data, label }, step, new AbortController().signal, epoch));
  const [loaded, encoderFile, decoderFile] = await Promise.all([runtime, ...files]);
  const lasting = isFinal(data.run.state);
  const encoder = await createEncoder(loaded, encoderFile, data, { lasting });
  if (!decoderFile) return { encoder, decoder: null };
  try {
    return { encoder, decoder: await createDecoder(loaded, decoderFile, data, { lasting }) };
  } catch (error) {
    encoder.release();
    throw error;
  }
}
