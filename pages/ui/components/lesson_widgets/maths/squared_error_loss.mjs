/**
 * The loss of many tutorials, squared error + KL, read as what it is: the −ELBO of a Gaussian likelihood, times a number.
 * Nats per image; errorRms is the root of the mean squared error of a pixel, 1 for full white.
 */

/** @typedef {"sum" | "mean"} Reduction over the pixels */

/** The error's part of the loss as written. @param {number} errorRms @param {number} pixels @param {Reduction} reduction */
export const squaredError = (errorRms, pixels, reduction) => errorRms * errorRms * (reduction === "sum" ? pixels : 1);

/**
 * The σ² of a pixel at which −log p(x|z) is the squared error, but for a constant: ½, and where the mean is taken over
 * the pixels, ½ of their number.
 * @param {number} pixels @param {Reduction} reduction
 */
export const impliedVariance = (pixels, reduction) => (reduction === "sum" ? 0.5 : 0.5 * pixels);

/** −log p(x|z) of a Gaussian of one variance. @param {number} errorRms @param {number} pixels @param {number} variance */
export function gaussianNats(errorRms, pixels, variance) {
  return pixels * ((errorRms * errorRms) / (2 * variance) + 0.5 * Math.log(2 * Math.PI * variance));
}

/** What −log p has on top of the squared error: no weight of the network changes it. @param {number} pixels
 *  @param {number} variance */
export const constantNats = (pixels, variance) => 0.5 * pixels * Math.log(2 * Math.PI * variance);

/**
 * The β by which the KL is weighed against a pixel whose noise is truly σ: loss ∝ −log p_σ(x|z) + β KL.
 * @param {number} pixels @param {Reduction} reduction @param {number} sigma the noise that pixels really have
 */
export const weightOfKl = (pixels, reduction, sigma) => impliedVariance(pixels, reduction) / (sigma * sigma);
