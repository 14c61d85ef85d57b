/** Cross-entropy where it belongs: between a pixel's grey x and the decoder's probability p; nats. */

/** @param {number} share @param {number} weight */
const part = (share, weight) => (share > 0 ? -share * Math.log(weight) : 0);

/** H(x): what no decoder can get below; 0 for black and white. @param {number} x 0 to 1 */
export const pixelEntropy = (x) => part(x, x) + part(1 - x, 1 - x);

/** H(x, p) = −x log p − (1 − x) log(1 − p), the reconstruction's cross-entropy. @param {number} x @param {number} p */
export const pixelCrossEntropy = (x, p) => part(x, p) + part(1 - x, 1 - p);

/** KL(x ‖ p): what is left of it, 0 where p = x. @param {number} x @param {number} p */
export function pixelKl(x, p) {
  const ratio = (/** @type {number} */ a, /** @type {number} */ b) => (a > 0 ? a * Math.log(a / b) : 0);
  return ratio(x, p) + ratio(1 - x, 1 - p);
}
