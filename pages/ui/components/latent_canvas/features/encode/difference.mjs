/** What a reconstruction adds and what it lacks, in two colours that nobody confuses. Pure. */

/** Red, green, blue, 0 to 1, of the full difference. */
const ADDED = [0.98, 0.57, 0.24];
const LACKING = [0.38, 0.65, 0.98];

/**
 * The difference in brightness: orange where the reconstruction is brighter, blue where it is darker, black where the
 * two agree.
 * @param {ArrayLike<number>} original C·H·W, 0 to 1 @param {ArrayLike<number>} reconstruction the same
 * @param {readonly [number, number, number]} shape (C, H, W)
 * @returns {Float32Array} 3·H·W, 0 to 1
 */
export function differenceImage(original, reconstruction, [channels, height, width]) {
  const pixels = height * width;
  const image = new Float32Array(3 * pixels);
  for (let at = 0; at < pixels; at++) {
    let difference = 0;
    for (let from = at; from < channels * pixels; from += pixels) difference += reconstruction[from] - original[from];
    const color = difference > 0 ? ADDED : LACKING;
    for (let channel = 0; channel < 3; channel++) {
      image[channel * pixels + at] = (color[channel] * Math.abs(difference)) / channels;
    }
  }
  return image;
}
