/** The same uniform numbers every time, 0 to 1 and neither of them. @param {number} seed */
export function uniforms(seed) {
  let state = seed;
  return () => (state = (state * 48271) % 2147483647) / 2147483647;
}

/** Rows of numbers from −scale to scale. @param {() => number} next @param {number} count @param {number} [scale] */
export const numbers = (next, count, scale = 2) => Float32Array.from({ length: count }, () => scale * (2 * next() - 1));

/** @param {ArrayLike<number>} one @param {ArrayLike<number>} other @returns {number} the largest difference */
export function furthestApart(one, other) {
  if (one.length !== other.length) return Infinity;
  return Array.from(one).reduce((most, value, at) => Math.max(most, Math.abs(value - other[at])), 0);
}

/** @param {ArrayLike<number>} one @param {ArrayLike<number>} other */
export const dot = (one, other) => Array.from(one).reduce((sum, value, at) => sum + value * other[at], 0);
