import { Explained } from "../lib/fetching.mjs";
import { pixelNatsOf, scalesOf } from "./likelihoods.mjs";

/** @import { Likelihood } from "./likelihoods.mjs" */

/**
 * What the visible part of an image says of z. A decoder's pixels are independent given z, so that what is hidden drops
 * out: p(z | visible) ∝ p(z) · Π p(x_i | z) over the visible pixels i. β is in none of it: it weighed the KL while the
 * model learnt, and Bayes' rule on the model that came of it knows a prior and a likelihood alone.
 */

/**
 * An image of which a part is known.
 * @typedef {object} Visible
 * @property {Float32Array} image C·H·W, 0 to 1; of no meaning where it is hidden
 * @property {Uint8Array} isVisible C·H·W, 1 where it is known and 0 where it is hidden
 */

/** How a model scores pixels. @typedef {{likelihood: Likelihood, logScale: number | ArrayLike<number>}} Scoring */

/** @param {number} pixels C·H·W @returns {Visible} of which nothing is known */
export const nothingVisible = (pixels) => ({ image: new Float32Array(pixels), isVisible: new Uint8Array(pixels) });

/**
 * −log p(visible | z) of several z; 0 where nothing is visible.
 * @param {Scoring} scoring @param {Visible} visible
 * @param {Float32Array} raws (count, C·H·W), the decoder's output before the likelihood's mean @param {number} count
 * @returns {Float64Array} (count,) nats
 * Throws Explained where the likelihood is unknown, or the image is of another size.
 */
export function visibleNats({ likelihood, logScale }, { image, isVisible }, raws, count) {
  const pixels = image.length;
  if (raws.length !== count * pixels) throw otherSize(raws.length / count, pixels);
  const nats = new Float64Array(count);
  const [pixelNats, scales] = [pixelNatsOf(likelihood), scalesOf(logScale, pixels)];
  for (let row = 0, from = 0; row < count; row++, from += pixels) {
    let sum = 0;
    for (let pixel = 0; pixel < pixels; pixel++) {
      if (isVisible[pixel]) sum += pixelNats(raws[from + pixel], image[pixel], scales[pixel]);
    }
    nats[row] = sum;
  }
  return nats;
}

/** @param {number} got @param {number} expected */
const otherSize = (got, expected) =>
  new Explained(`The decoder gave ${got} values and the image has ${expected}; choose an image of the run's size.`);

/**
 * −log p(visible | z) at many fixed z at once, kept as an image is painted: a stroke changes few pixels, and only what
 * these say is taken out and put in. So it costs (changed pixels × places), however many are visible.
 */
export class LatticeNats {
  /** @param {Likelihood} likelihood @param {number} places of z @param {number} pixels C·H·W */
  constructor(likelihood, places, pixels) {
    this.pixelNats = pixelNatsOf(likelihood);
    this.places = places;
    this.pixels = pixels;
    /** Pixel by pixel, and of each all places: those that a stroke reads lie side by side. */
    this.raws = new Float32Array(places * pixels);
    this.scales = scalesOf(0, pixels);
    /** (places,) nats */
    this.nats = new Float64Array(places);
    this.seen = nothingVisible(pixels);
  }

  /**
   * What the decoder gives at some of the places, before anything is seen.
   * @param {number} from the first of them @param {Float32Array} raws (count, C·H·W) @param {number} count
   * @param {number | ArrayLike<number>} logScale as the decoder gives it
   */
  put(from, raws, count, logScale) {
    if (raws.length !== count * this.pixels) throw otherSize(raws.length / count, this.pixels);
    this.scales = scalesOf(logScale, this.pixels);
    for (let pixel = 0; pixel < this.pixels; pixel++) {
      const start = pixel * this.places + from;
      for (let row = 0; row < count; row++) this.raws[start + row] = raws[row * this.pixels + pixel];
    }
  }

  /** @param {Visible} visible all of it, as it is now @returns {number} of pixels that have changed */
  see({ image, isVisible }) {
    const { seen, pixels } = this;
    if (image.length !== pixels) throw otherSize(pixels, image.length);
    let changed = 0;
    for (let pixel = 0; pixel < pixels; pixel++) {
      const [was, is] = [seen.isVisible[pixel], isVisible[pixel]];
      if (was === is && (!is || seen.image[pixel] === image[pixel])) continue;
      changed++;
      if (was) this.#add(pixel, seen.image[pixel], -1);
      if (is) this.#add(pixel, image[pixel], 1);
      seen.isVisible[pixel] = is;
      seen.image[pixel] = image[pixel];
    }
    if (changed && !isVisible.includes(1)) this.nats.fill(0); // sums of what was added and taken away leave a rounding
    return changed;
  }

  /** @param {number} pixel @param {number} value @param {1 | -1} sign */
  #add(pixel, value, sign) {
    const { raws, nats, pixelNats, places } = this;
    const scale = this.scales[pixel];
    for (let place = 0, from = pixel * places; place < places; place++) {
      nats[place] += sign * pixelNats(raws[from + place], value, scale);
    }
  }
}
