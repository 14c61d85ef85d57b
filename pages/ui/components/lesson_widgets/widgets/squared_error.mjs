import { choice, facts, number, slider } from "../plots/controls.mjs";

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

/** Squared error + KL, as it is written, and the Gaussian likelihood and β that it amounts to. */

/** @typedef {{error: number, sigma: number, kl: number, pixels: string, reduction: "sum" | "mean"}} Loss */

/** What is shown of a loss, by the name of its words. @param {Loss} loss @returns {Record<string, number>} */
export function readings({ error, sigma, kl, pixels: text, reduction }) {
  const pixels = Number(text);
  const fromError = squaredError(error, pixels, reduction);
  const variance = impliedVariance(pixels, reduction);
  return {
    "error-part": fromError,
    written: fromError + kl,
    share: (100 * kl) / (fromError + kl),
    beta: variance / impliedVariance(pixels, "sum"),
    variance,
    "implied-sigma": Math.sqrt(variance),
    nats: gaussianNats(error, pixels, variance),
    constant: constantNats(pixels, variance),
    "beta-true": weightOfKl(pixels, reduction, sigma),
  };
}

/** @type {import("../types.mjs").Widget<Loss>} */
export default {
  start: { error: 0.2, sigma: 0.2, kl: 6, pixels: "784", reduction: "sum" },
  goal: ({ reduction, pixels }) => reduction === "mean" && pixels === "784",
  build(panel) {
    const shown = Object.keys(readings(panel.state)).map((name) => {
      const digits = name === "share" ? 1 : 2;
      return { name, ...number(panel, name, { digits, kind: name === "beta" ? "kl" : "" }) };
    });
    panel.row("controls", choice(panel, "pixels", ["64", "784", "12288"]), choice(panel, "reduction", ["sum", "mean"]),
      slider(panel, "error", { min: 0.02, max: 0.5 }), slider(panel, "kl", { min: 0.5, max: 40, step: 0.5, digits: 1 }),
      slider(panel, "sigma", { min: 0.05, max: 1 }));
    panel.row("numbers", facts(...shown.slice(0, 4)), facts(...shown.slice(4)));
    return {
      draw() {
        const now = readings(panel.state);
        for (const { name, show } of shown) show(now[name]);
      },
    };
  },
};
