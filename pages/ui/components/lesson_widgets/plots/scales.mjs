/**
 * Numbers and positions on a plot: pure. Twenty lines, kept instead of d3-scale and d3-shape, with which the one file that
 * every page loads would be larger by a sixth: 15 kB more on the network, for scales that nothing else draws with.
 */

/** @typedef {[number, number]} Range from, to */

/**
 * Linear from a range of numbers to one of pixels, which may run backwards.
 * @param {Range} from @param {Range} to @returns {(value: number) => number}
 */
export function linear([low, high], [start, end]) {
  return (value) => start + ((value - low) / (high - low)) * (end - start);
}

/**
 * Round numbers for an axis, about as many as asked for.
 * @param {Range} range @param {number} [count] @returns {number[]}
 */
export function ticks([low, high], count = 5) {
  const rough = (high - low) / Math.max(1, count);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10);
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => Number(((first + index) * step).toPrecision(12)));
}

/** Evenly spread numbers, both ends included. @param {Range} range @param {number} count */
export function spread([low, high], count) {
  return Array.from({ length: count }, (_, index) => low + ((high - low) * index) / (count - 1));
}

/**
 * The `d` of an SVG path through points; a number that is not finite leaves a gap.
 * @param {readonly (readonly [number, number])[]} points in pixels @returns {string}
 */
export function pathOf(points) {
  let isDown = false;
  return points.map(([x, y]) => {
    const isPoint = Number.isFinite(x) && Number.isFinite(y);
    const part = isPoint ? `${isDown ? "L" : "M"}${x.toFixed(1)} ${Math.max(-9999, Math.min(9999, y)).toFixed(1)}` : "";
    isDown = isPoint;
    return part;
  }).join("");
}
