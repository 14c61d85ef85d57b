/**
 * Adam (Kingma & Ba 2015, arXiv 1412.6980, algorithm 1) under the one-cycle schedule of the app: `vae_core/training/optimiser.py`
 * and `vae_core/config/schedules.py`.
 */

const BETA2 = 0.999;
const EPSILON = 1e-8;
const RISE = 0.3;
const [LOW_MOMENTUM, HIGH_MOMENTUM] = [0.95, 0.85];
const [START, END] = [1 / 25, 1e-4 / 25];

/** Half a cosine from start (at 0) to end (at 1). @param {number} start @param {number} end @param {number} along */
const cosine = (start, end, along) => end + ((start - end) * (1 + Math.cos(Math.PI * along))) / 2;

/**
 * The share of the learning rate and the momentum of a step, counted from 0. @param {number} step @param {number} total
 */
export function oneCycle(step, total) {
  const rise = Math.max(1e-9, RISE * total - 1);
  const fall = Math.max(1e-9, total - 1 - rise);
  if (step <= rise) return { rate: cosine(START, 1, step / rise), momentum: cosine(LOW_MOMENTUM, HIGH_MOMENTUM, step / rise) };
  const along = Math.min(1, (step - rise) / fall);
  return { rate: cosine(1, END, along), momentum: cosine(HIGH_MOMENTUM, LOW_MOMENTUM, along) };
}

/** One optimiser for parameters in one array. */
export class Adam {
  /** @param {number} count of parameters */
  constructor(count) {
    this.mean = new Float32Array(count);
    this.square = new Float32Array(count);
    this.steps = 0;
  }

  /** @param {Float32Array} parameters changed @param {Float32Array} gradient @param {number} rate @param {number} momentum β₁ */
  step(parameters, gradient, rate, momentum) {
    const { mean, square } = this;
    this.steps++;
    const first = rate / (1 - momentum ** this.steps);
    const second = 1 / Math.sqrt(1 - BETA2 ** this.steps);
    for (let at = 0; at < parameters.length; at++) {
      const slope = gradient[at];
      mean[at] += (1 - momentum) * (slope - mean[at]);
      square[at] += (1 - BETA2) * (slope * slope - square[at]);
      parameters[at] -= (first * mean[at]) / (Math.sqrt(square[at]) * second + EPSILON);
    }
  }
}
