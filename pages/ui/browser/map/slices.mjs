import { clamp } from "../maths/coordinates.mjs";

/**
 * What slicing needs of its surroundings.
 * @typedef {object} Clock
 * @property {() => number} now ms
 * @property {() => Promise<unknown>} breathe lets the browser handle events and paint
 * @property {() => Promise<unknown>} pause a longer wait, while something more urgent goes on
 */

/** @type {Clock} */
const BROWSER = {
  now: () => performance.now(),
  breathe: nextTask,
  pause: () => new Promise((resolve) => setTimeout(resolve, 16)),
};

/**
 * Long work in slices: batches so small that none blocks the page for longer than about the budget.
 *
 * How many jobs fit into a slice is learnt from the slice before it. Between slices events are handled, and while
 * `isBusy` says that a handle is dragged or decoded, nothing is done at all. A single job is never divided: one that
 * takes longer than the budget blocks for as long as it takes.
 *
 * @template J
 * @param {readonly J[]} jobs in the order in which they are done
 * @param {(batch: J[]) => Promise<unknown> | void} work
 * @param {object} [options]
 * @param {number} [options.budgetMs]
 * @param {number} [options.most] jobs of a slice
 * @param {() => boolean} [options.isBusy]
 * @param {AbortSignal} [options.signal]
 * @param {Clock} [options.clock]
 * @returns {Promise<boolean>} whether everything was done; false where it was called off
 */
export async function inSlices(jobs, work, options = {}) {
  const { budgetMs = 8, most = Infinity, isBusy = () => false, signal, clock = BROWSER } = options;
  let size = 1;
  for (let done = 0; done < jobs.length; ) {
    await clock.breathe();
    while (isBusy() && !signal?.aborted) await clock.pause();
    if (signal?.aborted) return false;
    const batch = jobs.slice(done, done + size);
    const startedAt = clock.now();
    await work(batch);
    size = nextSize(batch.length, clock.now() - startedAt, budgetMs, most);
    done += batch.length;
  }
  return !signal?.aborted;
}

/**
 * As many jobs as would have filled the budget, but never more than twice as many as before: the clock is coarse.
 * @param {number} size @param {number} tookMs @param {number} budgetMs @param {number} most
 */
function nextSize(size, tookMs, budgetMs, most) {
  const fitting = tookMs > 0 ? Math.floor((size * budgetMs) / tookMs) : Infinity;
  return clamp(fitting, 1, Math.min(2 * size, most));
}

/** The next turn of the event loop; a timer would wait for at least four milliseconds. @returns {Promise<void>} */
export function nextTask() {
  const { scheduler } = /** @type {{scheduler?: {yield?: () => Promise<void>}}} */ (globalThis);
  if (scheduler?.yield) return scheduler.yield();
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => (port1.close(), resolve());
    port2.postMessage(null);
  });
}
