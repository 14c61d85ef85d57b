import { eased } from "../../../../browser/model/travel.mjs";

const TRAVEL_MS = 200;

/** Takes a z from one place to another: as something moves, or at once where motion is unwelcome. */
export class MovingZ {
  /** @param {(z: ArrayLike<number>) => void} step told every place on the way, the last of all exactly */
  constructor(step) {
    this.step = step;
    this.frame = 0;
  }

  /** @param {ArrayLike<number>} from @param {ArrayLike<number>} to */
  to(from, to) {
    this.stop();
    const startedAt = performance.now();
    const isCalm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const go = () => {
      const passed = isCalm ? 1 : (performance.now() - startedAt) / TRAVEL_MS;
      this.frame = passed < 1 ? requestAnimationFrame(go) : 0;
      this.step(passed < 1 ? between(from, to, eased(passed)) : to);
    };
    go();
  }

  stop() {
    cancelAnimationFrame(this.frame);
    this.frame = 0;
  }
}

/** @param {ArrayLike<number>} from @param {ArrayLike<number>} to @param {number} share */
const between = (from, to, share) => Float64Array.from(from, (value, at) => value + share * (to[at] - value));
