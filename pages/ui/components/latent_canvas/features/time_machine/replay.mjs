import { pause } from "../../../../browser/lib/polling.mjs";

/** The whole training takes about this long, whatever it has of epochs; */
const WHOLE_MS = 8000;
/** but one sees each of them, */
const SHORTEST_MS = 350;
/** and no epoch stands for longer. */
const LONGEST_MS = 1200;
/** Where motion is not wanted, epochs follow each other as slides do. */
const CALM_MS = 1500;

/**
 * How long each epoch stands.
 * @param {number} count of epochs @param {number} speed 1 as usual, 2 twice as fast @param {boolean} isCalm
 * @returns {number} ms
 */
export function dwellMs(count, speed, isCalm) {
  const usual = Math.min(LONGEST_MS, Math.max(SHORTEST_MS, WHOLE_MS / Math.max(1, count)));
  return (isCalm ? Math.max(CALM_MS, usual) : usual) / speed;
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
   * @param {() => void} events.changed plays now, or no longer
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
    this.events.changed();
  }

  async #play() {
    const { signal } = (this.#playing = new AbortController());
    this.events.changed();
    while (!signal.aborted && (await this.events.advance())) await this.wait(this.events.dwellMs(), signal);
    if (!signal.aborted) this.pause();
  }
}
