import { toPixels } from "../../../../browser/maths/coordinates.mjs";
import { fetchImages } from "../../../../browser/model/models.mjs";

/** @import { CanvasData, Point } from "../../../../browser/lib/types.mjs" */
/** @import { View } from "../../../../browser/maths/coordinates.mjs" */
/** @import { Embedding } from "../../../../browser/model/embedding.mjs" */
/** @import { Posterior } from "../../../../browser/model/posterior.mjs" */

/** Pixels around a point in which it is hit: by a mouse, by a finger. */
const [MOUSE_PX, FINGER_PX] = [8, 16];

export const reachPx = () => (matchMedia("(pointer: coarse)").matches ? FINGER_PX : MOUSE_PX);

/**
 * The point at a place of the map: the nearest that is shown, if it is near enough.
 * @param {Pick<Embedding, "count" | "x" | "y" | "labels">} embedding @param {View} view
 * @param {Point} place @param {number} reach in pixels
 * @param {(label: number) => boolean} isShown
 * @returns {number} its row, −1 for none
 */
export function pointAt({ count, x, y, labels }, view, place, reach, isShown) {
  const [toX, toY] = toPixels(view, place);
  let [nearest, best] = [-1, reach * reach];
  for (let row = 0; row < count; row++) {
    const [atX, atY] = toPixels(view, [x[row], y[row]]);
    const distance = (atX - toX) ** 2 + (atY - toY) ** 2;
    if (distance <= best && isShown(labels[row])) [nearest, best] = [row, distance];
  }
  return nearest;
}

/** An image of the data set that was picked on the map: found again on every other map of the same images. */
export class PickedImage {
  /** @param {number | null} number of the image in its data set */
  constructor(number) {
    this.number = number;
    this.fetching = new AbortController();
  }

  /** @param {Embedding} embedding @param {number} row */
  pick({ index }, row) {
    this.number = index[row];
  }

  forget() {
    this.number = null;
    this.fetching.abort();
  }

  /** Its row of a map, −1 for none. @param {Embedding | null} embedding @returns {number} */
  row(embedding) {
    return this.number === null ? -1 : (embedding?.index.indexOf(this.number) ?? -1);
  }

  /** The posterior that is stored with the map. @param {Embedding | null} embedding @returns {Posterior | null} */
  stored(embedding) {
    const row = this.row(embedding);
    if (!embedding || row < 0) return null;
    const [from, to] = [row * embedding.latentDim, (row + 1) * embedding.latentDim];
    return { mu: embedding.mu.subarray(from, to), logvar: embedding.logvar.subarray(from, to), factor: null };
  }

  /**
   * The image itself, where the data set is at hand.
   * @param {CanvasData} data @param {Embedding} embedding
   * @returns {Promise<Float32Array | null>} C·H·W, 0 to 1; null where it cannot be had
   * Throws Explained, and an AbortError when another is fetched meanwhile.
   */
  async fetch(data, embedding) {
    this.fetching.abort();
    this.fetching = new AbortController();
    if (!data.images || this.number === null) return null;
    const bytes = await fetchImages(data, embedding.split, [this.number], this.fetching.signal);
    return Float32Array.from(bytes, (value) => value / 255);
  }
}
