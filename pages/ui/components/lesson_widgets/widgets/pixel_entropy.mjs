import { slider } from "../plots/controls.mjs";
import { Plot } from "../plots/plot.mjs";
import { spread } from "../plots/scales.mjs";
import { stacked } from "../plots/stacked.mjs";

/** Cross-entropy where it belongs: a pixel's grey x against the decoder's probability p, least where p = x; nats. */

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

/** Denser towards 0 and 1, where the loss rises to infinity. */
const ANSWERS = spread([-9, 9], 181).map((logit) => 1 / (1 + Math.exp(-logit)));

/** @type {import("../types.mjs").Widget<{x: number, p: number}>} */
export default {
  start: { x: 0.8, p: 0.3 },
  goal: ({ x, p }) => Math.abs(x - p) < 0.005 && x > 0.05 && x < 0.95,
  build(panel) {
    const { state } = panel;
    const plot = new Plot(panel, "loss", { x: [0, 1], y: [0, 3] });
    const bars = stacked(
      panel,
      [{ name: "entropy", kind: "entropy" }, { name: "kl", kind: "kl" }, { name: "cross-entropy", kind: "sum" }],
      [0, 4.7],
    );
    panel.row("plots", plot.element);
    panel.row("controls", slider(panel, "x", { min: 0, max: 1 }), slider(panel, "p", { min: 0.01, max: 0.99 }));
    panel.row("bars", bars.element);
    return {
      draw() {
        const { x, p } = state;
        plot.frame();
        plot.curve("floor", () => pixelEntropy(x), "entropy");
        plot.line("loss", ANSWERS.map((answer) => [answer, pixelCrossEntropy(x, answer)]), "sum");
        plot.dot("now", p, pixelCrossEntropy(x, p), "sum");
        bars.show([pixelEntropy(x), pixelKl(x, p), pixelCrossEntropy(x, p)]);
      },
      destroy: () => plot.destroy(),
    };
  },
};
