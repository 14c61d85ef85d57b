import { Explained, isAbort } from "../shared/fetching.mjs";

const ROWS_PER_REQUEST = 256;
const MOST_PICTURES = 4096;

/** @typedef {(rows: number[], signal: AbortSignal) => Promise<Uint8Array>} FetchRows C·H·W bytes for each row */

/**
 * Real images by row, fetched as they are wanted: one request at a time, and what is wanted now before what was wanted
 * earlier. Those that have gone unused for longest make room.
 */
export class ThumbnailStore {
  /**
   * @param {number} imageBytes C·H·W @param {FetchRows} fetchRows
   * @param {{arrived: () => void, failed: (error: unknown) => void}} events
   * @param {number} [capacity]
   */
  constructor(imageBytes, fetchRows, events, capacity = MOST_PICTURES) {
    this.imageBytes = imageBytes;
    this.fetchRows = fetchRows;
    this.events = events;
    this.capacity = capacity;
    /** @type {Map<number, Uint8Array>} least recently wanted first */
    this.images = new Map();
    /** @type {number[]} */
    this.waiting = [];
    this.isFetching = false;
    this.stopping = new AbortController();
  }

  /** @param {number} row @returns {Uint8Array | undefined} */
  find(row) {
    return this.images.get(row);
  }

  /** What is in view now; what an earlier view still waited for is forgotten. @param {readonly number[]} rows */
  want(rows) {
    const wanted = rows.slice(0, this.capacity);
    for (const row of wanted) {
      const image = this.images.get(row);
      if (image && this.images.delete(row)) this.images.set(row, image); // wanted last, so kept longest
    }
    this.waiting = [...new Set(wanted)];
    if (!this.isFetching) void this.#fetchAll();
  }

  async #fetchAll() {
    const { signal } = this.stopping;
    this.isFetching = true;
    try {
      for (let rows = this.#next(); rows.length; rows = this.#next()) {
        const bytes = await this.fetchRows(rows, signal);
        if (signal.aborted) return;
        this.#keep(rows, bytes);
        this.events.arrived();
      }
    } catch (error) {
      if (signal.aborted) return;
      this.waiting = []; // asking again at once would fail again; the next view asks anew
      if (!isAbort(error)) this.events.failed(error);
    } finally {
      if (!signal.aborted) this.isFetching = false;
    }
  }

  #next() {
    this.waiting = this.waiting.filter((row) => !this.images.has(row));
    return this.waiting.slice(0, ROWS_PER_REQUEST);
  }

  /** @param {number[]} rows @param {Uint8Array} bytes */
  #keep(rows, bytes) {
    const expected = rows.length * this.imageBytes;
    if (bytes.length !== expected) {
      throw new Explained(
        `The points' pictures do not fit this run: expected ${expected} bytes, got ${bytes.length}; reload the page.`,
      );
    }
    rows.forEach((row, at) => this.images.set(row, bytes.slice(at * this.imageBytes, (at + 1) * this.imageBytes)));
    for (const row of this.images.keys()) {
      if (this.images.size <= this.capacity) break;
      this.images.delete(row);
    }
  }

  /** The rows are other images now: forget all, and what is under way. */
  clear() {
    this.stopping.abort();
    this.stopping = new AbortController();
    this.isFetching = false;
    this.waiting = [];
    this.images.clear();
  }
}
