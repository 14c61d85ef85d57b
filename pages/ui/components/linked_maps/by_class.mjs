import { createDecoder } from "../../browser/model/decoder.mjs";
import { fetchDecoder } from "../../browser/model/models.mjs";

/** @import { Decoder, Runtime } from "../../browser/model/decoder.mjs" */
/** @import { LinkedModel } from "../../browser/lib/contract.mjs" */

/**
 * A conditional model's decoders, one for each class, used as if they were one; all are fetched before any drag.
 * @typedef {Decoder & {label: number, of: (label: number) => Decoder}} ByClass
 * label: the class that is decoded for from now on
 */

/** @param {readonly Decoder[]} decoders by class @param {number} label @returns {ByClass} */
export function byClass(decoders, label) {
  return {
    label,
    of: (wanted) => decoders[wanted] ?? decoders[0],
    decode(z) {
      return this.of(this.label).decode(z);
    },
    decodeBatch(z, count) {
      return this.of(this.label).decodeBatch(z, count);
    },
    reconstruct(z) {
      return this.of(this.label).reconstruct(z);
    },
    reconstructBatch(zs, count) {
      return this.of(this.label).reconstructBatch(zs, count);
    },
    release: () => decoders.forEach((decoder) => decoder.release()),
  };
}

/**
 * @param {Promise<Runtime>} runtime @param {LinkedModel} model a conditional one, finished
 * @param {number} step @param {AbortSignal} signal @returns {Promise<ByClass>}
 */
export async function loadByClass(runtime, model, step, signal) {
  const files = model.classes.map((_, label) => fetchDecoder({ ...model, label }, step, signal));
  const loaded = await runtime;
  /** @type {Decoder[]} */
  const decoders = [];
  try {
    for (const file of files) decoders.push(await createDecoder(loaded, await file, model, { lasting: true }));
    signal.throwIfAborted();
  } catch (error) {
    for (const decoder of decoders) decoder.release();
    throw error;
  }
  return byClass(decoders, model.label ?? 0);
}
