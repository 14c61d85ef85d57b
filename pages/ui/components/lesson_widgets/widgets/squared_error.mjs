import { choice, facts, number, slider } from "../plots/controls.mjs";
import { constantNats, gaussianNats, impliedVariance, squaredError, weightOfKl } from "../maths/squared_error_loss.mjs";

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
  build(stage) {
    const shown = Object.keys(readings(stage.state)).map((name) => {
      const digits = name === "share" ? 1 : 2;
      return { name, ...number(stage, name, { digits, kind: name === "beta" ? "kl" : "" }) };
    });
    stage.row("controls", choice(stage, "pixels", ["64", "784", "12288"]), choice(stage, "reduction", ["sum", "mean"]),
      slider(stage, "error", { min: 0.02, max: 0.5 }), slider(stage, "kl", { min: 0.5, max: 40, step: 0.5, digits: 1 }),
      slider(stage, "sigma", { min: 0.05, max: 1 }));
    stage.row("numbers", facts(...shown.slice(0, 4)), facts(...shown.slice(4)));
    return {
      draw() {
        const now = readings(stage.state);
        for (const { name, show } of shown) show(now[name]);
      },
    };
  },
};
