import { clamp } from "../../../../browser/maths/coordinates.mjs";
import { pause } from "../../../../browser/lib/polling.mjs";

/** @import { Moment } from "../../../../browser/lib/contract.mjs" */

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
    const index = epoch === null ? -1 : this.moments.findLastIndex((moment) => moment.epoch <= epoch);
    return this.seek(index < 0 ? this.last : index);
  }

  /** The epochs beside this one, the later first: where one goes next. @param {number} [reach] @returns {number[]} */
  neighbours(reach = 1) {
    const { position, moments } = this;
    const around = Array.from({ length: reach }, (_, index) => [position + index + 1, position - index - 1]).flat();
    return around.flatMap((index) => (moments[index] ? [moments[index].epoch] : []));
  }
}

/** The whole training takes about this long, whatever it has of epochs; */
const WHOLE_MS = 8000;
/** but one sees each of them, */
const SHORTEST_MS = 350;
/** and no epoch stands for longer. */
const LONGEST_MS = 1200;
/** With reduced motion, epochs follow each other as slides do. */
const REDUCED_MOTION_MS = 1500;

/**
 * How long each epoch stands.
 * @param {number} count of epochs @param {number} speed 1 as usual, 2 twice as fast @param {boolean} prefersReducedMotion
 * @returns {number} ms
 */
export function dwellMs(count, speed, prefersReducedMotion) {
  const usual = Math.min(LONGEST_MS, Math.max(SHORTEST_MS, WHOLE_MS / Math.max(1, count)));
  return (prefersReducedMotion ? Math.max(REDUCED_MOTION_MS, usual) : usual) / speed;
}

/**
 * Plays by going one further again and again, each time after what was shown has been looked at; one that is slow to
 * come is waited for.
 */
export class Replay {
  /** @type {AbortController | null} */
  #playing = null;

  /**
   * @param {object} events
   * @param {() => Promise<boolean>} events.advance shows the next; false if there is none, and playing ends
   * @param {() => number} events.dwellMs
   * @param {() => void} events.onChange plays now, or no longer
   * @param {(ms: number, signal: AbortSignal) => Promise<void>} [wait]
   */
  constructor(events, wait = pause) {
    this.events = events;
    this.wait = wait;
  }

  get isPlaying() {
    return this.#playing !== null;
  }

  toggle() {
    if (this.isPlaying) this.pause();
    else void this.#play();
  }

  pause() {
    if (!this.#playing) return;
    this.#playing.abort();
    this.#playing = null;
    this.events.onChange();
  }

  async #play() {
    const { signal } = (this.#playing = new AbortController());
    this.events.onChange();
    while (!signal.aborted && (await this.events.advance())) await this.wait(this.events.dwellMs(), signal);
    if (!signal.aborted) this.pause();
  }
}
