import { clamp } from "./coordinates.mjs";

/** Frames a second. */
const SLOWEST = 1;
const FASTEST = 60;
const USUAL = 12;

/** @typedef {"loop" | "ping-pong"} Turning what comes after the last frame: the first, or the last but one */

/**
 * The frame that is shown once a film has run on by so many frames.
 * @param {number} advanced frames, with fractions @param {number} count of frames @param {Turning} turning
 */
export function frameAfter(advanced, count, turning) {
  if (count < 2) return 0;
  const period = turning === "loop" ? count : 2 * (count - 1);
  const at = Math.floor(advanced) % period;
  const within = at < 0 ? at + period : at;
  return within < count ? within : period - within;
}

/** The frame under a scrubber. @param {number} share of the strip's width, 0 to 1 @param {number} count of frames */
export function frameUnder(share, count) {
  return clamp(Math.floor(share * count), 0, Math.max(0, count - 1));
}

/**
 * A film strip's model: which frame is shown, whether it plays, how fast. It draws nothing and starts no timers: who
 * shows it asks for `frame` whenever the screen is drawn.
 */
export class Film {
  #fps = USUAL;
  /** @type {Turning} */
  #turning = "ping-pong";
  /** Frames the film had run on by when it was last touched. */
  #advanced = 0;
  /** @type {number | null} ms, null while it stands still */
  #playingSince = null;

  /**
   * @param {number} frameCount
   * @param {{now?: () => number, prefersReducedMotion?: () => boolean}} [options] now: ms
   */
  constructor(frameCount, options = {}) {
    this.frameCount = frameCount;
    this.now = options.now ?? (() => performance.now());
    this.prefersReducedMotion = options.prefersReducedMotion ?? (() => false);
  }

  get isPlaying() {
    return this.#playingSince !== null;
  }

  get fps() {
    return this.#fps;
  }

  get turning() {
    return this.#turning;
  }

  /** The frame that is shown now. */
  get frame() {
    return frameAfter(this.#advancedBy(this.now()), this.frameCount, this.#turning);
  }

  /** @param {number} at ms */
  #advancedBy(at) {
    if (this.#playingSince === null) return this.#advanced;
    return this.#advanced + ((at - this.#playingSince) * this.#fps) / 1000;
  }

  /** Go on from the frame that is shown; where motion is not wanted, by a single frame. */
  play() {
    if (this.frameCount < 2 || this.isPlaying) return;
    if (this.prefersReducedMotion()) return this.step(1);
    this.#playingSince = this.now();
  }

  pause() {
    this.#advanced = Math.floor(this.#advancedBy(this.now()));
    this.#playingSince = null;
  }

  toggle() {
    if (this.isPlaying) this.pause();
    else this.play();
  }

  /** One frame, or several, further or back; a film that plays stops. @param {number} frames */
  step(frames) {
    this.pause();
    this.#advanced += frames;
  }

  /** To a frame; a film that plays goes on from there. @param {number} frame */
  seek(frame) {
    this.#advanced = clamp(Math.round(frame), 0, Math.max(0, this.frameCount - 1));
    if (this.isPlaying) this.#playingSince = this.now();
  }

  /** @param {number} fps 1 to 60 frames a second */
  setSpeed(fps) {
    this.#keepPlace();
    this.#fps = clamp(fps, SLOWEST, FASTEST);
  }

  /** @param {Turning} turning */
  turn(turning) {
    const { frame } = this;
    this.#turning = turning;
    this.seek(frame);
  }

  /** Another film of as many frames; what is shown is kept where there still is such a frame. @param {number} count */
  resize(count) {
    const { frame } = this;
    this.frameCount = count;
    this.seek(frame);
    if (count < 2) this.pause();
  }

  #keepPlace() {
    const now = this.now();
    this.#advanced = this.#advancedBy(now);
    if (this.isPlaying) this.#playingSince = now;
  }
}
