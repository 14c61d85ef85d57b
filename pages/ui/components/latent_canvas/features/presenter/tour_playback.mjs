import { clamp } from "../../../../browser/maths/coordinates.mjs";
import { secondsOf } from "./tour.mjs";

/** @import { Step } from "./tour.mjs" */

/** What has come to rest is looked at for so long before the tour goes on. */
const LEAST_MS = 1500;

/**
 * Where a tour stands and whether it plays. It shows nothing: who shows a step says when its handles have come to rest;
 * the tour goes on when there was time to read, and a moment to look.
 */
export class TourPlayback {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #waiting;
  #since = 0;

  /** @param {(index: number) => void} onArrive at a step @param {() => number} [now] ms */
  constructor(onArrive, now = () => performance.now()) {
    this.onArrive = onArrive;
    this.now = now;
    /** @type {readonly Step[]} */
    this.steps = [];
    this.index = -1;
    this.isPlaying = false;
  }

  /** Another tour, or an edited one, standing at a step. @param {readonly Step[]} steps @param {number} [index] */
  use(steps, index = -1) {
    this.#hush();
    this.steps = steps;
    this.isPlaying = false;
    this.index = clamp(index, -1, steps.length - 1);
  }

  /** @param {number} index clamped to the steps there are */
  go(index) {
    const last = this.steps.length - 1;
    const wanted = clamp(index, Math.min(0, last), last);
    if (wanted !== this.index) this.#arrive(wanted);
  }

  /** @param {number} index */
  #arrive(index) {
    this.#hush();
    this.index = index;
    this.#since = this.now();
    this.isPlaying &&= index < this.steps.length - 1; // the last step stays
    this.onArrive(index);
  }

  next() {
    this.go(this.index + 1);
  }

  previous() {
    this.go(this.index - 1);
  }

  /** On from here; from the last step, all over again. */
  toggle() {
    if (this.isPlaying) return this.pause();
    if (!this.steps.length) return;
    this.isPlaying = true;
    this.#arrive(this.index >= this.steps.length - 1 ? 0 : this.index + 1);
  }

  pause() {
    this.#hush();
    this.isPlaying = false;
  }

  /** The step's handles have come to rest. */
  stands() {
    this.#hush();
    if (!this.isPlaying) return;
    const left = 1000 * secondsOf(this.steps[this.index]) - (this.now() - this.#since);
    this.#waiting = setTimeout(() => this.next(), Math.max(LEAST_MS, left));
  }

  #hush() {
    clearTimeout(this.#waiting);
  }
}
