import { facts, number, slider } from "../plots/controls.mjs";
import { density, integral, klBetween, klIntegrand } from "../maths/normals.mjs";
import { Plot } from "../plots/plot.mjs";

/** The KL divergence between any two Gaussians, both ways round: each the area under its own integrand. */

/** @typedef {{mu1: number, sigma1: number, mu2: number, sigma2: number}} Pair */

/** @param {Pair} pair @returns {[number, number]} KL(q ‖ p), KL(p ‖ q) */
const bothWays = ({ mu1, sigma1, mu2, sigma2 }) =>
  [klBetween(mu1, sigma1, mu2, sigma2), klBetween(mu2, sigma2, mu1, sigma1)];

/** What the area under one of the integrands is, by counting strips. @param {Pair} pair @returns {[number, number]} */
function areas({ mu1, sigma1, mu2, sigma2 }) {
  return [
    integral((x) => klIntegrand(x, mu1, sigma1, mu2, sigma2), mu1 - 12 * sigma1, mu1 + 12 * sigma1),
    integral((x) => klIntegrand(x, mu2, sigma2, mu1, sigma1), mu2 - 12 * sigma2, mu2 + 12 * sigma2),
  ];
}

/** @type {import("../types.mjs").Widget<Pair>} */
export default {
  start: { mu1: -1, sigma1: 0.6, mu2: 1, sigma2: 1.4 },
  goal(pair) {
    const [there, back] = bothWays(pair);
    return Math.abs(there - back) < 0.005 && there > 0.1;
  },
  build(panel) {
    const { state } = panel;
    const bells = new Plot(panel, "densities", { x: [-5, 5], y: [0, 1.1] });
    const products = new Plot(panel, "integrands", { x: [-5, 5], y: [-0.5, 2] });
    const shown = ["there", "area-there", "back", "area-back"].map((name, index) =>
      number(panel, name, { digits: 4, kind: index < 2 ? "q" : "entropy" }));
    panel.row("plots", bells.element, products.element);
    const ranges = { mu: { min: -3, max: 3 }, sigma: { min: 0.4, max: 3 } };
    panel.row("controls", slider(panel, "mu1", ranges.mu), slider(panel, "mu2", ranges.mu),
      slider(panel, "sigma1", ranges.sigma), slider(panel, "sigma2", ranges.sigma));
    panel.row("numbers", facts(shown[0], shown[1]), facts(shown[2], shown[3]));
    return {
      draw() {
        const { mu1, sigma1, mu2, sigma2 } = state;
        bells.frame();
        products.frame();
        bells.curve("q", (x) => density(x, mu1, sigma1), "q");
        bells.curve("p", (x) => density(x, mu2, sigma2), "entropy");
        bells.word("q-word", mu1, Math.min(1.04, density(0, 0, sigma1) + 0.04), "q", "q");
        bells.word("p-word", mu2, Math.min(1.04, density(0, 0, sigma2) + 0.04), "p", "entropy");
        products.area("there", (x) => klIntegrand(x, mu1, sigma1, mu2, sigma2), "q");
        products.area("back", (x) => klIntegrand(x, mu2, sigma2, mu1, sigma1), "entropy");
        const [[there, back], [areaThere, areaBack]] = [bothWays(state), areas(state)];
        [there, areaThere, back, areaBack].forEach((value, index) => shown[index].show(value));
      },
      destroy: () => (bells.destroy(), products.destroy()),
    };
  },
};
