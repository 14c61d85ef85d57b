import { logSumExp } from "../../../../browser/maths/patches.mjs";
import { drawsAnswer, latticeAnswer } from "./answers.mjs";
import { askDraws } from "./asked_draws.mjs";
import { AskedLattice } from "./asked_lattice.mjs";

/** @import { Codec } from "../../../../browser/model/codecs.mjs" */
/** @import { Likelihood } from "../../../../browser/maths/likelihoods.mjs" */
/** @import { Visible } from "../../../../browser/maths/visible.mjs" */
/** @import { Plane } from "../../../../browser/model/plane.mjs" */

/**
 * A model that is told a class, and how its codec for one is fetched.
 * @typedef {object} ToldModel
 * @property {number} classes
 * @property {(label: number) => Promise<Codec>} open
 * @property {Likelihood} likelihood
 * @property {number} latentDim
 * @property {Plane} plane any, of two dimensions or one
 * @property {number} reach
 */

/** Of ten classes the lattices together are as large as the map's own. */
const COLUMNS = 32;
const ROUNDS = 4;

/**
 * p(class | visible), all classes being equally likely before: each by how well what is visible fits it, all z
 * considered, ∫ p(visible | z, class) p(z) dz. A class's models are fetched once and kept.
 */
export class AskedClasses {
  /** @param {ToldModel} told */
  constructor(told) {
    this.told = told;
    /** @type {Map<number, Promise<{codec: Codec, lattice: AskedLattice | null}>>} */
    this.opened = new Map();
    this.stopping = new AbortController();
  }

  /** @param {number} label @param {number} pixels */
  async #open(label, pixels) {
    const { open, likelihood, latentDim, plane, reach } = this.told;
    const codec = await open(label);
    const decoder = /** @type {NonNullable<Codec["decoder"]>} */ (codec.decoder);
    if (this.stopping.signal.aborted) letGo(codec);
    if (latentDim > 2) return { codec, lattice: null };
    const lattice = new AskedLattice({ decoder, likelihood, latentDim, pixels, plane, reach, most: COLUMNS });
    await lattice.open({ signal: this.stopping.signal });
    return { codec, lattice };
  }

  /** log p(visible | class), nats. @param {number} label @param {Visible} visible @param {AbortSignal} signal @returns {Promise<number | null>} null where it was called off */
  async #evidence(label, visible, signal) {
    const { likelihood, latentDim, plane, reach } = this.told;
    const opening = this.opened.get(label) ?? this.#open(label, visible.image.length);
    this.opened.set(label, opening);
    opening.catch(() => this.opened.delete(label));
    const { codec, lattice } = await opening;
    if (signal.aborted) return null;
    if (lattice) {
      const fine = await lattice.refined(visible, lattice.see(visible), signal);
      return fine && latticeAnswer(lattice, fine).logEvidence;
    }
    const decoder = /** @type {NonNullable<Codec["decoder"]>} */ (codec.decoder);
    const draws = await askDraws({ decoder, encoder: codec.encoder, likelihood, latentDim }, visible, { signal, rounds: ROUNDS });
    return draws && drawsAnswer(draws, plane, reach).logEvidence;
  }

  /**
   * @param {Visible} visible @param {AbortSignal} signal
   * @returns {Promise<number[] | null>} by class, adding up to 1; null where it was called off
   */
  async ask(visible, signal) {
    const evidences = [];
    for (let label = 0; label < this.told.classes; label++) {
      const evidence = await this.#evidence(label, visible, AbortSignal.any([signal, this.stopping.signal]));
      if (evidence === null) return null;
      evidences.push(evidence);
    }
    const all = logSumExp(evidences);
    return evidences.map((evidence) => Math.exp(evidence - all));
  }

  destroy() {
    this.stopping.abort();
    for (const opening of this.opened.values()) opening.then(({ codec }) => letGo(codec), () => undefined);
    this.opened.clear();
  }
}

/** @param {Codec} codec */
function letGo({ encoder, decoder }) {
  encoder.release();
  decoder?.release();
}
