import { clamp } from "../../../../browser/maths/coordinates.mjs";
import { priorLogDensity } from "../../../../browser/maths/gaussian.mjs";
import { latticeOf, refined } from "../../../../browser/maths/patches.mjs";
import { LatticeNats, visibleNats } from "../../../../browser/maths/visible.mjs";
import { inSlices } from "../../../../browser/map/slices.mjs";
import { lift } from "../../../../browser/model/plane.mjs";

/** @import { Decoder } from "../../../../browser/model/decoder.mjs" */
/** @import { Likelihood } from "../../../../browser/maths/likelihoods.mjs" */
/** @import { Patches } from "../../../../browser/maths/patches.mjs" */
/** @import { Visible } from "../../../../browser/maths/visible.mjs" */
/** @import { Plane } from "../../../../browser/model/plane.mjs" */

/**
 * Whom to ask, and where its answers are drawn.
 * @typedef {object} Asked
 * @property {Decoder} decoder
 * @property {Likelihood} likelihood
 * @property {number} latentDim 1 or 2
 * @property {number} pixels C·H·W
 * @property {Plane} plane of the map
 * @property {number} reach half the width of what the lattice covers
 * @property {number} [most] places a side
 */

const MOST_COLUMNS = 64;
const FEWEST_COLUMNS = 16;
/** Of decoded values: a lattice of 64 × 64 images of 28 × 28 pixels is 12 MB. */
const MOST_BYTES = 32e6;
const LINE_COLUMNS = 1024;
/** Images decoded at once. */
const BATCH = 64;

/** Places a side of a lattice; of a line, along it. @param {number} latentDim @param {number} pixels C·H·W @param {number} [most] */
export function columnsFor(latentDim, pixels, most = MOST_COLUMNS) {
  const places = MOST_BYTES / (4 * pixels);
  if (latentDim === 1) return clamp(Math.floor(places), FEWEST_COLUMNS, LINE_COLUMNS);
  return clamp(Math.floor(Math.sqrt(places)), FEWEST_COLUMNS, most);
}

/** p(z | visible) of a latent space of one or two dimensions: a decoded lattice, weighed anew with every stroke. */
export class AskedLattice {
  /** @param {Asked} asked */
  constructor(asked) {
    this.asked = asked;
    const { latentDim, pixels, likelihood, reach } = asked;
    this.columns = columnsFor(latentDim, pixels, asked.most);
    this.rows = latentDim === 1 ? 1 : this.columns;
    this.patches = latticeOf(this.columns, this.rows, [-reach, reach], [-reach, reach]);
    this.places = this.columns * this.rows;
    this.latticeNats = new LatticeNats(likelihood, this.places, pixels);
    this.logPrior = Float64Array.from(this.patches.x, (_, place) => priorLogDensity(this.#z(this.patches, place)));
    this.logScale = /** @type {number | Float32Array} */ (0);
  }

  /** @param {Pick<Patches, "x" | "y">} patches @param {number} place @returns {Float64Array} (D,) */
  #z({ x, y }, place) {
    return this.lift([x[place], y[place]]);
  }

  /** @param {[number, number]} point on the map @returns {Float64Array} (D,) */
  lift(point) {
    return lift(this.asked.plane, point, new Float64Array(this.asked.latentDim));
  }

  /** @param {Pick<Patches, "x" | "y">} patches @param {number} from @param {number} to */
  async #decoded(patches, from, to) {
    const { latentDim, decoder } = this.asked;
    const zs = new Float32Array((to - from) * latentDim);
    for (let place = from; place < to; place++) zs.set(this.#z(patches, place), (place - from) * latentDim);
    return decoder.reconstructBatch(zs, to - from);
  }

  /**
   * Decode the whole lattice; until then nothing can be seen.
   * @param {{signal: AbortSignal, isBusy?: () => boolean}} pace @returns {Promise<boolean>} false where it was called off
   */
  async open(pace) {
    return inSlices(batches(this.places), async (chosen) => {
      for (const { from, to } of chosen) {
        const { raw, logScale } = await this.#decoded(this.patches, from, to);
        this.latticeNats.put(from, raw, to - from, logScale);
        this.logScale = logScale;
      }
    }, { ...pace, most: 4 });
  }

  /** The lattice's answer, at once. @param {Visible} visible @returns {Patches} */
  see(visible) {
    this.latticeNats.see(visible);
    const { nats } = this.latticeNats;
    return { ...this.patches, logDensity: this.logPrior.map((log, place) => log - nats[place]) };
  }

  /**
   * The same, finer where it has to be: some hundred more images are decoded.
   * @param {Visible} visible @param {Patches} patches as `see` has given them @param {AbortSignal} [signal]
   * @returns {Promise<Patches | null>} null where it was called off
   */
  refined(visible, patches, signal) {
    const scoring = { likelihood: this.asked.likelihood, logScale: this.logScale };
    return refined(patches, async (x, y) => {
      const logDensity = new Float64Array(x.length);
      for (const { from, to } of batches(x.length)) {
        const { raw } = await this.#decoded({ x, y }, from, to);
        if (signal?.aborted) return null;
        const nats = visibleNats(scoring, visible, raw, to - from);
        nats.forEach((value, row) => (logDensity[from + row] = priorLogDensity(this.#z({ x, y }, from + row)) - value));
      }
      return logDensity;
    });
  }
}

/** @param {number} count @returns {{from: number, to: number}[]} */
function batches(count) {
  const starts = Array.from({ length: Math.ceil(count / BATCH) }, (_, batch) => batch * BATCH);
  return starts.map((from) => ({ from, to: Math.min(count, from + BATCH) }));
}
