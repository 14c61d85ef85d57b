import { slider } from "../plots/controls.mjs";
import { pixelCrossEntropy, pixelEntropy, pixelKl } from "../maths/pixels.mjs";
import { Plot } from "../plots/plot.mjs";
import { spread } from "../plots/scales.mjs";
import { stacked } from "../plots/stacked.mjs";

/** Where cross-entropy belongs: a pixel's grey x against the decoder's p, least where p = x. */

/** Denser towards 0 and 1, where the loss rises to infinity. */
const ANSWERS = spread([-9, 9], 181).map((logit) => 1 / (1 + Math.exp(-logit)));

/** @type {import("../types.mjs").Widget<{x: number, p: number}>} */
export default {
  start: { x: 0.8, p: 0.3 },
  goal: ({ x, p }) => Math.abs(x - p) < 0.005 && x > 0.05 && x < 0.95,
  build(stage) {
    const { state } = stage;
    const plot = new Plot(stage, "loss", { x: [0, 1], y: [0, 3] });
    const bars = stacked(
      stage,
      [{ name: "entropy", kind: "entropy" }, { name: "kl", kind: "kl" }, { name: "cross-entropy", kind: "sum" }],
      [0, 4.7],
    );
    stage.row("plots", plot.element);
    stage.row("controls", slider(stage, "x", { min: 0, max: 1 }), slider(stage, "p", { min: 0.01, max: 0.99 }));
    stage.row("bars", bars.element);
    return {
      draw() {
        const { x, p } = state;
        plot.frame();
        plot.curve("floor", () => pixelEntropy(x), "entropy");
        plot.line("loss", ANSWERS.map((at) => [at, pixelCrossEntropy(x, at)]), "sum");
        plot.dot("now", p, pixelCrossEntropy(x, p), "sum");
        bars.show([pixelEntropy(x), pixelKl(x, p), pixelCrossEntropy(x, p)]);
      },
      destroy: () => plot.destroy(),
    };
  },
};
