import { bellHandle, FARTHEST, NARROWEST, placeBell, WIDEST } from "../plots/bell.mjs";
import { slider } from "../plots/controls.mjs";
import { crossEntropy, density, entropy, klToPrior } from "../maths/normals.mjs";
import { Plot } from "../plots/plot.mjs";
import { stacked } from "../plots/stacked.mjs";

/** H(q, p) = H(q) + KL(q ‖ p), as three bars that add up while q is dragged. */

/** @typedef {{mu: number, sigma: number}} Bell */

/** @type {import("../types.mjs").Widget<Bell>} */
export default {
  start: { mu: 1, sigma: 0.5 },
  // As little cross-entropy as can be had, and the KL it leaves.
  goal: ({ mu, sigma }) => Math.abs(mu) <= 0.05 && sigma <= NARROWEST + 0.005,
  build(panel) {
    const { state } = panel;
    const bells = new Plot(panel, "densities", { x: [-4.5, 4.5], y: [0, 1.05] });
    const bars = stacked(
      panel,
      [{ name: "entropy", kind: "entropy" }, { name: "kl", kind: "kl" }, { name: "cross-entropy", kind: "sum" }],
      [-1, 7.2],
    );
    panel.row("plots", bells.element);
    panel.row(
      "controls",
      slider(panel, "mu", { min: -FARTHEST, max: FARTHEST }),
      slider(panel, "sigma", { min: NARROWEST, max: WIDEST }),
    );
    panel.row("bars", bars.element);
    bellHandle(panel, bells);
    return {
      draw() {
        const { mu, sigma } = state;
        bells.frame();
        bells.area("p", (x) => density(x, 0, 1), "p");
        bells.curve("q", (x) => density(x, mu, sigma), "q");
        placeBell(bells, state);
        bars.show([entropy(sigma), klToPrior(mu, sigma), crossEntropy(mu, sigma)]);
      },
      destroy: () => bells.destroy(),
    };
  },
};
