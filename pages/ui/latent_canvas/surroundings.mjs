import { fetchOrExplain } from "../shared/fetching.mjs";
import { commonest } from "./facts.mjs";
import { NeighbourGrid, nearestInAll } from "./neighbours.mjs";

/** @import { CanvasData, Point } from "../shared/types.mjs" */
/** @import { Embedding } from "./embedding.mjs" */

const NEIGHBOURS = 15;

/** What lies around a place on the map: the classes of its neighbours and the nearest real image. */
export class Surroundings {
  /** @param {CanvasData} data */
  constructor({ run, imageShape }) {
    this.url = `${run.base}images`;
    this.imageBytes = imageShape.reduce((product, size) => product * size, 1);
    this.stopping = new AbortController();
    /** @type {Embedding | null} */
    this.embedding = null;
    /** @type {NeighbourGrid | null} */
    this.grid = null;
    /** @type {Uint8Array | null} row i belongs to the embedding's row i */
    this.images = null;
  }

  /** @param {Embedding} embedding */
  use(embedding) {
    this.embedding = embedding;
    this.grid = embedding.latentDim === 2 ? new NeighbourGrid(embedding.x, embedding.y) : null;
  }

  /**
   * Fetch the real images behind the embedding, once and all in one piece, so that no drag ever asks for one.
   * @param {CanvasData} data @returns {Promise<boolean>} whether they are here now and were not before
   */
  async fetchImages({ images: canBeHad, compact }) {
    if (!canBeHad || compact || this.images || !this.embedding) return false;
    const answer = await fetchOrExplain(this.url, "The real images", this.stopping.signal);
    const images = new Uint8Array(await answer.arrayBuffer());
    if (images.length === this.imageBytes * (this.embedding?.count ?? 0)) this.images = images;
    return this.images !== null;
  }

  stop() {
    this.stopping.abort();
  }

  /**
   * Near in latent space, which may be other than near on the map.
   * @param {readonly number[]} z all D coordinates @param {Point} place on the map
   * @returns {{vote: ReturnType<typeof commonest>, nearest: Nearest | null}}
   */
  around(z, place) {
    const { embedding, grid } = this;
    if (!embedding?.count) return { vote: null, nearest: null };
    const near = grid ? grid.nearest(...place, NEIGHBOURS) : nearestInAll(embedding.mu, z, NEIGHBOURS);
    const { rows, distances } = near;
    return { vote: commonest(embedding.labels, rows), nearest: this.#example(embedding, rows[0], distances[0]) };
  }

  /** @typedef {{image: Uint8Array, label: number, distance: number}} Nearest */

  /** @param {Embedding} embedding @param {number} row @param {number} distance @returns {Nearest | null} */
  #example({ labels }, row, distance) {
    if (!this.images) return null;
    const start = row * this.imageBytes;
    return { image: this.images.subarray(start, start + this.imageBytes), label: labels[row], distance };
  }
}
