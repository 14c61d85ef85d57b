import { MOST_IMAGES_PER_REQUEST } from "../../lib/contract.mjs";
import { Explained, isAbort } from "../../lib/fetching.mjs";

const IMAGES_PER_REQUEST = MOST_IMAGES_PER_REQUEST / 4;
const MOST_PICTURES = 4096;

/** @typedef {(numbers: number[], signal: AbortSignal) => Promise<Uint8Array>} FetchImages C·H·W bytes for each number */

/**
 * Real images by number, fetched as they are wanted: one request at a time, and what is wanted now before what was wanted
 * earlier. Those that have gone unused for longest make room.
 */
export class ThumbnailStore {
  /**
   * @param {number} imageBytes C·H·W @param {FetchImages} fetchImages
   * @param {{onArrive: () => void, onError: (error: unknown) => void}} events
   * @param {number} [capacity]
   */
  constructor(imageBytes, fetchImages, events, capacity = MOST_PICTURES) {
    this.imageBytes = imageBytes;
    this.fetchImages = fetchImages;
    this.events = events;
    this.capacity = capacity;
    /** @type {Map<number, Uint8Array>} least recently wanted first */
    this.images = new Map();
    /** @type {number[]} */
    this.waiting = [];
    this.isFetching = false;
    this.stopping = new AbortController();
  }

  /** @param {number} number @returns {Uint8Array | undefined} */
  find(number) {
    return this.images.get(number);
  }

  /** What is in view now; what an earlier view still waited for is forgotten. @param {readonly number[]} numbers */
  want(numbers) {
    const wanted = numbers.slice(0, this.capacity);
    for (const number of wanted) {
      const image = this.images.get(number);
      if (image && this.images.delete(number)) this.images.set(number, image); // wanted last, so kept longest
    }
    this.waiting = [...new Set(wanted)];
    if (!this.isFetching) void this.#fetchAll();
  }

  async #fetchAll() {
    const { signal } = this.stopping;
    this.isFetching = true;
    try {
      for (let numbers = this.#next(); numbers.length; numbers = this.#next()) {
        const bytes = await this.fetchImages(numbers, signal);
        if (signal.aborted) return;
        this.#keep(numbers, bytes);
        this.events.onArrive();
      }
    } catch (error) {
      if (signal.aborted) return;
      this.waiting = []; // asking again at once would fail again; the next view asks anew
      if (!isAbort(error)) this.events.onError(error);
    } finally {
      if (!signal.aborted) this.isFetching = false;
    }
  }

  #next() {
    this.waiting = this.waiting.filter((number) => !this.images.has(number));
    return this.waiting.slice(0, IMAGES_PER_REQUEST);
  }

  /** @param {number[]} numbers @param {Uint8Array} bytes */
  #keep(numbers, bytes) {
    const expected = numbers.length * this.imageBytes;
    if (bytes.length !== expected) {
      throw new Explained(
        `The points' pictures do not fit this run: expected ${expected} bytes, got ${bytes.length}; reload the page.`,
      );
    }
    numbers.forEach((number, index) => this.images.set(number, bytes.slice(index * this.imageBytes, (index + 1) * this.imageBytes)));
    for (const number of this.images.keys()) {
      if (this.images.size <= this.capacity) break;
      this.images.delete(number);
    }
  }

  /** Numbers mean other images now: forget all, and what is under way. */
  clear() {
    this.stopping.abort();
    this.stopping = new AbortController();
    this.isFetching = false;
    this.waiting = [];
    this.images.clear();
  }
}
