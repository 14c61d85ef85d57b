import { isAbort } from "../lib/fetching.mjs";

/** @import { Decoder } from "./decoder.mjs" */
/** @import { SentPoints } from "./embedding.mjs" */

/** Each holds its weights in the runtime's memory: some MB. */
const MOST = 6;

/** @typedef {{decoder: Decoder, points: SentPoints}} Snapshot a model and its map after an epoch */

/**
 * A run's snapshots, loaded when they are asked for, a bounded number of them kept.
 *
 * Whoever shows one does not own it: it is freed here, once it has not been asked for longest.
 */
export class Snapshots {
  /** @type {Map<number, {loading: Promise<Snapshot>, stopping: AbortController}>} least recently asked for first */
  #kept = new Map();
  /** @type {number | null} the epoch that is shown, and may not be freed */
  inUse = null;

  /** @param {(epoch: number, signal: AbortSignal) => Promise<Snapshot>} load @param {number} [most] */
  constructor(load, most = MOST) {
    this.load = load;
    this.most = most;
  }

  /** @param {number} epoch @returns {boolean} */
  has(epoch) {
    return this.#kept.has(epoch);
  }

  /** @param {number} epoch @returns {Promise<Snapshot>} rejects as loading does; asking again then loads again */
  get(epoch) {
    const known = this.#kept.get(epoch);
    if (known) {
      this.#kept.delete(epoch);
      this.#kept.set(epoch, known);
      return known.loading;
    }
    const stopping = new AbortController();
    const loading = this.load(epoch, stopping.signal);
    const entry = { loading, stopping };
    this.#kept.set(epoch, entry);
    loading.catch(() => this.#kept.get(epoch) === entry && this.#kept.delete(epoch));
    for (const oldest of [...this.#kept.keys()]) {
      const isWanted = oldest === this.inUse || oldest === epoch;
      if (this.#kept.size > this.most && !isWanted) this.#free(oldest);
    }
    return loading;
  }

  /** @param {number} epoch */
  #free(epoch) {
    const entry = this.#kept.get(epoch);
    this.#kept.delete(epoch);
    entry?.stopping.abort();
    entry?.loading.then(
      ({ decoder }) => decoder.release(),
      (error) => isAbort(error) || undefined,
    );
  }

  /** Frees all that is kept, and calls off what is under way. */
  clear() {
    for (const epoch of [...this.#kept.keys()]) this.#free(epoch);
  }
}

/** A decoder that is used by someone who does not own it. @param {Decoder} decoder @returns {Decoder} */
export const lent = (decoder) => ({ ...decoder, release: () => undefined });
