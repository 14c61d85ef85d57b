/**
 * Scaling by any factor and shifting by any fraction of a pixel, in one pass per axis: area averages downwards, linear
 * interpolation upwards. Averaging cannot alias, and is exact where pixels fit into pixels.
 */

/**
 * Where a source lies on a target's axis.
 * @typedef {object} Placement
 * @property {number} pitch source pixels per target pixel, the same for both axes so that nothing is stretched
 * @property {number} left of the source, in target pixels
 * @property {number} top
 */

/**
 * What one target pixel is made of; the weights add up to the share of it that the source covers.
 * @typedef {{from: number, weights: number[]}} Mixture
 */

/**
 * @param {number} source its pixels @param {number} target its pixels
 * @param {number} pitch @param {number} offset of the source's start, in target pixels
 * @returns {Mixture[]} one per target pixel
 */
export function mixtures(source, target, pitch, offset) {
  return Array.from({ length: target }, (_, at) => {
    const low = Math.max((at - offset) * pitch, 0);
    const high = Math.min((at + 1 - offset) * pitch, source);
    if (high <= low) return { from: 0, weights: [] };
    return pitch >= 1 ? averaged(low, high, pitch) : interpolated(low, high, pitch, source);
  });
}

/** @param {number} low @param {number} high @param {number} pitch @returns {Mixture} */
function averaged(low, high, pitch) {
  const from = Math.floor(low);
  const weights = [];
  for (let at = from; at < high; at++) weights.push((Math.min(at + 1, high) - Math.max(at, low)) / pitch);
  return { from, weights };
}

/** @param {number} low @param {number} high @param {number} pitch @param {number} source @returns {Mixture} */
function interpolated(low, high, pitch, source) {
  const covered = (high - low) / pitch;
  const middle = Math.min(Math.max((low + high) / 2 - 0.5, 0), source - 1); // pixels have their values at their centres
  const from = Math.floor(middle);
  const share = middle - from;
  return { from, weights: share ? [(1 - share) * covered, share * covered] : [covered] };
}

/**
 * One channel, scaled and shifted onto a ground.
 * @param {ArrayLike<number>} plane height·width, row by row
 * @param {readonly [number, number]} size [height, width] of the plane
 * @param {readonly [number, number]} target [height, width] wanted
 * @param {Placement} placement
 * @param {number} ground value of what the source does not cover
 * @returns {Float64Array} of the target's size
 */
export function resample(plane, [height, width], [targetHeight, targetWidth], { pitch, left, top }, ground) {
  const columns = mixtures(width, targetWidth, pitch, left);
  const rows = mixtures(height, targetHeight, pitch, top);
  const narrow = new Float64Array(height * targetWidth);
  for (let row = 0; row < height; row++) {
    columns.forEach(({ from, weights }, column) => {
      let sum = 0;
      for (let at = 0; at < weights.length; at++) sum += weights[at] * (plane[row * width + from + at] - ground);
      narrow[row * targetWidth + column] = sum;
    });
  }
  const result = new Float64Array(targetHeight * targetWidth);
  rows.forEach(({ from, weights }, row) => {
    for (let column = 0; column < targetWidth; column++) {
      let sum = ground;
      for (let at = 0; at < weights.length; at++) sum += weights[at] * narrow[(from + at) * targetWidth + column];
      result[row * targetWidth + column] = sum;
    }
  });
  return result;
}

/**
 * The whole source, as large as it fits, in the middle.
 * @param {readonly [number, number]} size [height, width] @param {readonly [number, number]} target [height, width]
 * @returns {Placement}
 */
export function inMiddle([height, width], [targetHeight, targetWidth]) {
  const pitch = Math.max(width / targetWidth, height / targetHeight);
  return { pitch, left: (targetWidth - width / pitch) / 2, top: (targetHeight - height / pitch) / 2 };
}
