import { fetchOrExplain } from "../../../browser/lib/fetching.mjs";
import { commonest } from "../../../browser/map/facts.mjs";
import { fetchImages } from "../../../browser/model/models.mjs";
import { NeighbourGrid, nearestInAll } from "../../../browser/maths/neighbours.mjs";
import { ThumbnailStore } from "../../../browser/map/layers/thumbnail_store.mjs";
import { rowsByImage } from "../../../browser/model/travel.mjs";

/** @import { CanvasData, Point } from "../../../browser/lib/types.mjs" */
/** @import { Embedding, Posteriors } from "../../../browser/model/embedding.mjs" */

const NEIGHBOURS = 15;

/** What lies around a place on the map: the classes of its neighbours and the nearest real image. */
export class Surroundings {
  /** @param {CanvasData} data @param {{arrived: () => void, failed: (error: unknown) => void}} events of single pictures */
  constructor(data, events) {
    this.url = `${data.run.base}images`;
    this.imageBytes = data.imageShape.reduce((product, size) => product * size, 1);
    /** Of a whole data set, too large to be fetched at once, only what lies next to a handle that rests. */
    const fetch = (/** @type {number[]} */ numbers, /** @type {AbortSignal} */ signal) =>
      fetchImages(data, this.posteriors?.split ?? data.points, numbers, signal);
    this.pictures = new ThumbnailStore(this.imageBytes, fetch, events);
    this.isWhole = data.points === "all";
    this.stopping = new AbortController();
    /** @type {Posteriors | null} */
    this.posteriors = null;
    /** @type {Embedding | null} those that the map shows */
    this.embedding = null;
    /** @type {NeighbourGrid | null} */
    this.grid = null;
    /** @type {{bytes: Uint8Array, count: number, place: (image: number) => number} | null} place: of an image among them */
    this.images = null;
  }

  /** @param {Posteriors} posteriors @param {Embedding} embedding */
  use(posteriors, embedding) {
    if (posteriors.split !== this.posteriors?.split) this.pictures.clear(); // numbers mean other images
    this.posteriors = posteriors;
    this.embedding = embedding;
    this.grid = embedding.latentDim === 2 ? new NeighbourGrid(embedding.x, embedding.y) : null;
  }

  /**
   * Fetch the real images behind the run's newest map, once and all in one piece, so that no drag ever asks for one.
   * @param {CanvasData} data @param {Int32Array | null} index their numbers, as that map has them
   * @returns {Promise<boolean>} whether they are here now and were not before
   */
  async fetchImages({ images: canBeHad, compact }, index) {
    if (!canBeHad || compact || this.isWhole || !index || this.images?.count === index.length) return false;
    const answer = await fetchOrExplain(this.url, "The real images", this.stopping.signal);
    const bytes = new Uint8Array(await answer.arrayBuffer());
    if (bytes.length !== this.imageBytes * index.length) return false;
    this.images = { bytes, count: index.length, place: rowsByImage(index) };
    return true;
  }

  /** Handles rest with these rows next to them. @param {readonly number[]} rows @param {CanvasData} data */
  want(rows, { images: canBeHad, compact }) {
    const { index } = this.posteriors ?? {};
    if (this.isWhole && index && canBeHad && !compact) this.pictures.want(rows.map((row) => index[row]));
  }

  stop() {
    this.pictures.clear();
    this.stopping.abort();
  }

  /**
   * Near in latent space, which may be other than near on the map.
   * @param {readonly number[]} z all D coordinates @param {Point} place on the map
   * @returns {{vote: ReturnType<typeof commonest>, nearest: Nearest | null}}
   */
  around(z, place) {
    const { posteriors, grid } = this;
    if (!posteriors?.count) return { vote: null, nearest: null };
    const near = grid ? grid.nearest(...place, NEIGHBOURS) : nearestInAll(posteriors.mu, z, NEIGHBOURS);
    const { rows, distances } = near;
    return { vote: commonest(posteriors.labels, rows), nearest: this.#example(posteriors, rows[0], distances[0]) };
  }

  /**
   * @typedef {{row: number, image: Uint8Array | null, label: number, distance: number}} Nearest
   * image: null while it is not here
   */

  /** @param {Posteriors} posteriors @param {number} row @param {number} distance @returns {Nearest} */
  #example({ labels, index }, row, distance) {
    const start = (this.images?.place(index[row]) ?? -1) * this.imageBytes;
    const whole = start < 0 ? undefined : this.images?.bytes.subarray(start, start + this.imageBytes);
    return { row, image: whole ?? this.pictures.find(index[row]) ?? null, label: labels[row], distance };
  }
}
