/**
 * All parts of a page share one thread. What somebody watches frame by frame (a drag, points that travel, plotly taking
 * them over) asks the other parts to hold their work; that a curve or a rerun comes a little later, nobody notices.
 */

/** So long the others wait at most: a drag may last, and in a hidden tab no frame ever comes. */
const MOST_MS = 800;

/** @type {Set<Promise<unknown>>} */
const watched = new Set();

/**
 * Let other parts of the page wait for this.
 * @template T
 * @param {Promise<T>} work @returns {Promise<T>} the same
 */
export function watch(work) {
  const over = work.catch(() => {});
  watched.add(over);
  void over.then(() => watched.delete(over));
  return work;
}

/**
 * The same for what is no promise: other parts wait until it is said to be over.
 * @param {number} [mostMs] or, where nobody may ever say so, for this long
 * @returns {() => void} says that it is over
 */
export function hold(mostMs) {
  /** @type {() => void} */
  let over = () => {};
  void watch(/** @type {Promise<void>} */ (new Promise((resolve) => (over = resolve))));
  if (mostMs !== undefined) setTimeout(over, mostMs);
  return over;
}

/** The last of those who wait: each gets a frame of its own. @type {Promise<unknown>} */
let queue = Promise.resolve();

/** That nothing is watched any more, and a frame has just been drawn. @param {number} [mostMs] */
export function idle(mostMs = MOST_MS) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  const late = new Promise((resolve) => (timer = setTimeout(resolve, mostMs)));
  queue = Promise.race([queue.then(stillness), late]).finally(() => clearTimeout(timer));
  return queue;
}

async function stillness() {
  do {
    await Promise.all(watched);
    await nextFrame();
  } while (watched.size);
}

/**
 * That whatever else is due, a frame or a click among it, has had its turn: a resolved promise alone would go before.
 * @returns {Promise<void>}
 */
export const nextTask = () => new Promise((resolve) => setTimeout(resolve));

/** That the next frame is drawn. @returns {Promise<void>} */
export const nextFrame = () => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
