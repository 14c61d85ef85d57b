/** User Timing keeps every entry until told otherwise: ten seconds are read by tests, an afternoon must not pile up. */
const MOST_ENTRIES = 10_000;

/** @type {Map<string, number>} */
const counts = new Map();

/**
 * Record a User Timing measure.
 * @param {"decode" | "pointer-to-paint" | "lattice" | "lattice-slice" | "encode" | "swap" | "brush" | "completion"} name
 * @param {number} start ms since the page's time origin
 * @param {number} end
 * @param {Pick<Performance, "measure" | "clearMeasures">} [clock]
 */
export function measure(name, start, end, clock = performance) {
  const count = (counts.get(name) ?? 0) + 1;
  if (count > MOST_ENTRIES) clock.clearMeasures(name);
  counts.set(name, count > MOST_ENTRIES ? 1 : count);
  clock.measure(name, { start, end });
}

/** The middle of the last few values, so that a figure on the screen does not flicker. @param {number} [size] */
export function runningMedian(size = 15) {
  /** @type {number[]} */
  const recent = [];
  return (/** @type {number} */ value) => {
    recent.push(value);
    if (recent.length > size) recent.shift();
    return [...recent].sort((a, b) => a - b)[Math.floor(recent.length / 2)];
  };
}
