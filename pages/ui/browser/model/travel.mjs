import { rowsByImage } from "./embedding.mjs";

/** @import { Embedding } from "./embedding.mjs" */

/** @typedef {{x: Float32Array, y: Float32Array}} Places */

const TRAVEL_MS = 220;

/** Points that go to other places, each from where it is at that moment. */
export class Travel {
  /** @type {Embedding | null} where they go to, or are */
  embedding = null;
  /** @type {Places | null} null once they are there */
  #from = null;
  #startedAt = 0;
  /** Where they are on the way, overwritten at every look. @type {Places} */
  #way = { x: new Float32Array(), y: new Float32Array() };
  #arrived = () => {};

  /** @param {() => number} [now] ms */
  constructor(now = () => performance.now()) {
    this.now = now;
  }

  get isUnderWay() {
    return this.#from !== null;
  }

  /**
   * @param {Embedding} embedding @param {Embedding | null} before the map to come from, null to be there at once
   * @returns {Promise<void>} that they are there, or go elsewhere
   */
  to(embedding, before) {
    const here = before && before === this.embedding ? { ...before, ...this.places() } : before;
    this.#arrived();
    this.#from = here && startingPlaces(here, embedding);
    if (this.#from) this.#way = { x: new Float32Array(embedding.x.length), y: new Float32Array(embedding.x.length) };
    this.embedding = embedding;
    this.#startedAt = this.now();
    return this.#from ? new Promise((resolve) => (this.#arrived = resolve)) : Promise.resolve();
  }

  /** Where they are at this moment. @returns {Places} */
  places() {
    const passed = (this.now() - this.#startedAt) / TRAVEL_MS;
    const there = this.embedding ?? { x: new Float32Array(), y: new Float32Array() };
    if (this.#from && passed < 1) return between(this.#from, there, eased(passed), this.#way);
    this.#end();
    return there;
  }

  #end() {
    this.#from = null;
    this.#arrived();
    this.#arrived = () => {};
  }

  clear() {
    this.embedding = null;
    this.#end();
  }
}

/**
 * Where each image of a map sets out from when it travels there from another map; one that was not on that begins where
 * it will be. A run's snapshots hold fewer images than its last map.
 * @param {Embedding} before @param {Embedding} after
 * @returns {Places | null} in the order of `after`'s rows; null if the maps have no image in common
 */
export function startingPlaces(before, after) {
  if (before.split !== after.split) return null;
  const rows = rowsByImage(before.index);
  const places = { x: after.x.slice(), y: after.y.slice() };
  let common = 0;
  after.index.forEach((image, row) => {
    const from = rows(image);
    if (from < 0) return;
    common++;
    places.x[row] = before.x[from];
    places.y[row] = before.y[from];
  });
  return common ? places : null;
}

/** Slow, fast, slow. @param {number} passed 0 to 1 @returns {number} */
export const eased = (passed) => passed * passed * (3 - 2 * passed);

/**
 * Places on the way.
 * @param {Places} from @param {Places} to of as many @param {number} share of the way, 0 to 1
 * @param {Places} [places] to be overwritten with them
 * @returns {Places}
 */
export function between(from, to, share, places = { x: new Float32Array(to.x.length), y: new Float32Array(to.y.length) }) {
  for (let row = 0; row < to.x.length; row++) {
    places.x[row] = from.x[row] + share * (to.x[row] - from.x[row]);
    places.y[row] = from.y[row] + share * (to.y[row] - from.y[row]);
  }
  return places;
}
