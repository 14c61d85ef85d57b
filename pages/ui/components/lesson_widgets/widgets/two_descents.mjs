import { button, facts, number, slider } from "../plots/controls.mjs";
import { density } from "../maths/normals.mjs";
import { Plot } from "../plots/plot.mjs";

/** Gradient descent on the two losses that one might hold a posterior to its prior with, in μ and σ. */

/** @typedef {{mu: number, sigma: number}} Bell */

/** Below this a σ is shown as 0: a step may carry it past. */
const SMALLEST = 1e-4;

/** Gradient of the cross-entropy to N(0, 1). @param {Bell} bell @returns {Bell} */
export const crossEntropySlope = ({ mu, sigma }) => ({ mu, sigma });

/** Gradient of the KL divergence from N(0, 1). @param {Bell} bell @returns {Bell} */
export const klSlope = ({ mu, sigma }) => ({ mu, sigma: sigma - 1 / sigma });

/**
 * Where a descent is after each step, the start included.
 * @param {Bell} start @param {(bell: Bell) => Bell} slope @param {number} rate @param {number} steps @returns {Bell[]}
 */
export function descend(start, slope, rate, steps) {
  const bells = [start];
  for (let step = 0; step < steps; step++) {
    const { mu, sigma } = bells[step];
    const down = slope(bells[step]);
    bells.push({ mu: mu - rate * down.mu, sigma: Math.max(SMALLEST, sigma - rate * down.sigma) });
  }
  return bells;
}

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

/** @param {Descent} state @param {number} loss its place among the two @returns {Bell[]} */
const rowOf = ({ mu, sigma, steps }, loss) => descend({ mu, sigma }, LOSSES[loss].slope, RATE, steps);

/** Where a descent stands. @param {Descent} state @param {number} loss */
export const end = (state, loss) => rowOf(state, loss)[state.steps];

/** @type {import("../types.mjs").Widget<Descent>} */
export default {
  start: { mu: 2, sigma: 1.5, steps: 0 },
  goal: (state) => end(state, 0).sigma < 0.05,
  build(panel) {
    const { state } = panel;
    const bells = new Plot(panel, "bells", { x: [-4.5, 4.5], y: [0, 2] });
    const sigmas = new Plot(panel, "sigmas", { x: [0, 50], y: [0, 3] });
    const shown = ["cross-entropy", "kl"].map((name, index) => number(panel, `sigma-${name}`, { kind: LOSSES[index].kind }));
    const taken = number(panel, "taken", { digits: 0 });
    const go = (/** @type {number} */ more) => panel.set({ steps: Math.min(MOST, state.steps + more) });
    panel.row("plots", bells.element, sigmas.element);
    panel.row(
      "controls",
      slider(panel, "mu", { min: -3, max: 3 }),
      slider(panel, "sigma", { min: 0.2, max: 2.5 }),
    );
    panel.row("buttons", button(panel, "step", () => go(1)), button(panel, "ten", () => go(10)),
      button(panel, "again", () => panel.set({ steps: 0 })));
    panel.row("numbers", facts(taken), facts(shown[0]), facts(shown[1]));
    return {
      draw() {
        const rows = LOSSES.map((_, loss) => rowOf(state, loss));
        bells.frame();
        sigmas.frame({ x: [0, Math.max(50, state.steps)] });
        bells.area("p", (x) => density(x, 0, 1), "p");
        rows.forEach((row, index) => {
          const { name, kind, symbol, aside } = LOSSES[index];
          const now = row[row.length - 1];
          bells.curve(name, (x) => density(x, now.mu, now.sigma), kind);
          bells.word(`${name}-word`, now.mu + aside, Math.min(1.85, density(0, 0, now.sigma)), symbol, kind);
          sigmas.line(name, row.map(({ sigma }, step) => [step, sigma]), kind);
          sigmas.dot(`${name}-now`, state.steps, now.sigma, kind);
          const most = sigmas.x[1];
          const [across, up] = [Math.min(0.9 * most, state.steps + 0.1 * most), now.sigma + ASIDE[aside]];
          sigmas.word(`${name}-word`, across, Math.max(0.15, up), symbol, kind);
          shown[index].show(now.sigma);
        });
        taken.show(state.steps);
      },
      destroy: () => (bells.destroy(), sigmas.destroy()),
    };
  },
};
