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

/**
 * A plane through nowhere in particular, in two orthonormal directions.
 * @param {() => number} next @param {number} latentDim
 */
export function obliquePlane(next, latentDim) {
  const first = Float64Array.from(numbers(next, latentDim));
  const second = Float64Array.from(numbers(next, latentDim));
  const unit = first.map((value) => value / Math.hypot(...first));
  const across = second.map((value, index) => value - dot(second, unit) * unit[index]);
  const basis = [unit, across.map((value) => value / Math.hypot(...across))];
  return { kind: /** @type {const} */ ("pca"), basis, origin: Float64Array.from(numbers(next, latentDim)), names: ["PC 1", "PC 2"] };
}
