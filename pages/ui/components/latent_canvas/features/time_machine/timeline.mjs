import { clamp } from "../../../../browser/maths/coordinates.mjs";

/**
 * An epoch that can be looked back on, as `<run.base>snapshots` lists it.
 * @typedef {object} Moment
 * @property {number} epoch
 * @property {number} step
 * @property {number | null} reconstruction_nats held-out, per image; null in runs from before these were kept
 * @property {number | null} kl_nats
 */

/**
 * Where one is in a run's training: at one of the epochs that were kept, or at its last position, now, which follows a
 * run that still trains. The list of epochs grows meanwhile, and is thinned out.
 */
export class Timeline {
  constructor() {
    /** @type {Moment[]} in order */
    this.moments = [];
    /** @type {number | null} the epoch that is looked at, null for now */
    this.epoch = null;
    /** @type {Moment | null} what now is, once the run has ended after an epoch */
    this.now = null;
  }

  /** The position of now, after every epoch. */
  get last() {
    return this.moments.length;
  }

  /** The position of what is looked at; of an epoch that was thinned out meanwhile, that of the one before it. */
  get position() {
    const { epoch, moments } = this;
    return epoch === null ? this.last : Math.max(0, moments.findLastIndex((moment) => moment.epoch <= epoch));
  }

  get isNow() {
    return this.epoch === null;
  }

  /** The epoch that is looked at, null for now or where it is no longer kept. @returns {Moment | null} */
  get moment() {
    return this.moments.find(({ epoch }) => epoch === this.epoch) ?? null;
  }

  /**
   * Epochs of which there are newer models than the one that is now shown, or this very one, are not before now.
   * @param {readonly Moment[]} listed @param {number} nowStep
   */
  use(listed, nowStep) {
    this.now = listed.find(({ step }) => step === nowStep) ?? null;
    this.moments = listed.filter(({ step }) => step < nowStep).sort((one, other) => one.epoch - other.epoch);
  }

  /** @param {number} position @returns {boolean} whether that is elsewhere than before */
  seek(position) {
    const before = this.epoch;
    this.epoch = this.moments[clamp(Math.round(position), 0, this.last)]?.epoch ?? null;
    return this.epoch !== before;
  }

  /** To an epoch, or the one before it that was kept; to now if there is none. @param {number | null} epoch */
  seekEpoch(epoch) {
    const at = epoch === null ? -1 : this.moments.findLastIndex((moment) => moment.epoch <= epoch);
    return this.seek(at < 0 ? this.last : at);
  }

  /** The epochs beside this one, the later first: where one goes next. @param {number} [reach] @returns {number[]} */
  neighbours(reach = 1) {
    const { position, moments } = this;
    const around = Array.from({ length: reach }, (_, at) => [position + at + 1, position - at - 1]).flat();
    return around.flatMap((at) => (moments[at] ? [moments[at].epoch] : []));
  }
}
