import { button, facts, number, slider } from "../plots/controls.mjs";
import { crossEntropySlope, descend, klSlope } from "../maths/descent.mjs";
import { density } from "../maths/normals.mjs";
import { Plot } from "../plots/plot.mjs";

/** The same descent on the cross-entropy to the prior, whose σ goes to 0, and on the KL, whose σ holds at 1. */

const RATE = 0.1;
const MOST = 100;
/** aside: to which side of its curve its symbol stands, as the two may lie on each other. */
const LOSSES = /** @type {const} */ ([
  { name: "cross-entropy", kind: "sum", symbol: "H(q, p)", aside: -1, slope: crossEntropySlope },
  { name: "kl", kind: "kl", symbol: "KL", aside: 1, slope: klSlope },
]);

/** How far above its dot a symbol's foot stands, or below. */
const ASIDE = { [-1]: -0.4, 1: 0.2 };

/** @typedef {{mu: number, sigma: number, steps: number}} Descent */

/** @param {Descent} state @param {number} loss its place among the two @returns {import("../maths/descent.mjs").Bell[]} */
const rowOf = ({ mu, sigma, steps }, loss) => descend({ mu, sigma }, LOSSES[loss].slope, RATE, steps);

/** Where a descent stands. @param {Descent} state @param {number} loss */
export const end = (state, loss) => rowOf(state, loss)[state.steps];

/** @type {import("../types.mjs").Widget<Descent>} */
export default {
  start: { mu: 2, sigma: 1.5, steps: 0 },
  goal: (state) => end(state, 0).sigma < 0.05,
  build(stage) {
    const { state } = stage;
    const bells = new Plot(stage, "bells", { x: [-4.5, 4.5], y: [0, 2] });
    const sigmas = new Plot(stage, "sigmas", { x: [0, 50], y: [0, 3] });
    const shown = ["cross-entropy", "kl"].map((name, at) => number(stage, `sigma-${name}`, { kind: LOSSES[at].kind }));
    const taken = number(stage, "taken", { digits: 0 });
    const go = (/** @type {number} */ more) => stage.set({ steps: Math.min(MOST, state.steps + more) });
    stage.row("plots", bells.element, sigmas.element);
    stage.row(
      "controls",
      slider(stage, "mu", { min: -3, max: 3 }),
      slider(stage, "sigma", { min: 0.2, max: 2.5 }),
    );
    stage.row("buttons", button(stage, "step", () => go(1)), button(stage, "ten", () => go(10)),
      button(stage, "again", () => stage.set({ steps: 0 })));
    stage.row("numbers", facts(taken), facts(shown[0]), facts(shown[1]));
    return {
      draw() {
        const rows = LOSSES.map((_, loss) => rowOf(state, loss));
        bells.frame();
        sigmas.frame({ x: [0, Math.max(50, state.steps)] });
        bells.area("p", (x) => density(x, 0, 1), "p");
        rows.forEach((row, at) => {
          const { name, kind, symbol, aside } = LOSSES[at];
          const now = row[row.length - 1];
          bells.curve(name, (x) => density(x, now.mu, now.sigma), kind);
          bells.word(`${name}-word`, now.mu + aside, Math.min(1.85, density(0, 0, now.sigma)), symbol, kind);
          sigmas.line(name, row.map(({ sigma }, step) => [step, sigma]), kind);
          sigmas.dot(`${name}-now`, state.steps, now.sigma, kind);
          const most = sigmas.x[1];
          const [across, up] = [Math.min(0.9 * most, state.steps + 0.1 * most), now.sigma + ASIDE[aside]];
          sigmas.word(`${name}-word`, across, Math.max(0.15, up), symbol, kind);
          shown[at].show(now.sigma);
        });
        taken.show(state.steps);
      },
      destroy: () => (bells.destroy(), sigmas.destroy()),
    };
  },
};
