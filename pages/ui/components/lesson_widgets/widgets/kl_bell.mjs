import { bellHandle, FARTHEST, NARROWEST, placeBell, WIDEST } from "../plots/bell.mjs";
import { button, facts, number, slider } from "../plots/controls.mjs";
import { html } from "../../../browser/lib/dom.mjs";
import { logRatios, meanAndVariance, runningMeans, standardError } from "../maths/estimates.mjs";
import { normalsFrom } from "../../../browser/maths/noise.mjs";
import { density, integral, klIntegrand, klToPrior, meanPenalty, spreadPenalty } from "../maths/normals.mjs";
import { Plot } from "../plots/plot.mjs";
import { spread } from "../plots/scales.mjs";

/** The KL to the standard normal of a bell that is dragged: densities, integrand, estimate, and what μ and σ pay. */

const DRAWS = 4096;

/** @typedef {{mu: number, sigma: number, seed: number}} Drawn */

/** @param {import("../panel.mjs").Panel<Drawn>} panel */
function plotsOf(panel) {
  return {
    densities: new Plot(panel, "densities", { x: [-4.5, 4.5], y: [0, 1.05] }),
    integrand: new Plot(panel, "integrand", { x: [-4.5, 4.5], y: [-0.5, 1.5] }),
    estimate: new Plot(panel, "estimate", { x: [0, Math.log2(DRAWS)], y: [0, 1] }),
    ofMean: new Plot(panel, "of-mean", { x: [-FARTHEST, FARTHEST], y: [0, 4.5], height: 150 }),
    ofSpread: new Plot(panel, "of-sigma", { x: [0, WIDEST], y: [0, 4.5], height: 150 }),
  };
}

/** The estimate after 1, 2, 3, … draws, at powers of two and between. @param {Float64Array} means */
const thinned = (means) => spread([0, Math.log2(DRAWS)], 121).map((power) =>
  /** @type {[number, number]} */ ([power, means[Math.min(DRAWS, Math.round(2 ** power)) - 1]]));

/** @type {import("../types.mjs").Widget<Drawn>} */
export default {
  start: { mu: 1.5, sigma: 0.5, seed: 1 },
  goal: ({ mu, sigma }) => Math.abs(klToPrior(mu, sigma) - 0.5) < 0.006 && Math.abs(sigma - 1) < 0.006,
  build(panel) {
    const { state } = panel;
    const plots = plotsOf(panel);
    const all = Object.values(plots);
    const [closed, area, estimate, error, paidByMean, paidBySpread] =
      ["closed", "area", "monte-carlo", "error", "paid-mu", "paid-sigma"].map((name, index) =>
        number(panel, name, { digits: 4, kind: index === 0 ? "kl" : "" }));
    panel.row("plots", plots.densities.element, plots.integrand.element);
    panel.row("controls", slider(panel, "mu", { min: -FARTHEST, max: FARTHEST }),
      slider(panel, "sigma", { min: NARROWEST, max: WIDEST }));
    panel.row("numbers", facts(closed, area), facts(paidByMean, paidBySpread));
    panel.row("plots", plots.ofMean.element, plots.ofSpread.element);
    const again = button(panel, "draw", () => panel.set({ seed: state.seed + 1 }));
    panel.row("plots", plots.estimate.element, html("div", { class: "ls-aside" }, facts(estimate, error), again));
    bellHandle(/** @type {any} */ (panel), plots.densities);
    return {
      draw() {
        const { mu, sigma, seed } = state;
        const kl = klToPrior(mu, sigma);
        const ratios = logRatios(mu, sigma, normalsFrom(seed, DRAWS));
        drawBells(plots, state);
        drawPenalties(plots, state);
        drawEstimate(plots.estimate, thinned(runningMeans(ratios)), kl);
        closed.show(kl);
        area.show(integral((x) => klIntegrand(x, mu, sigma, 0, 1), mu - 12 * sigma, mu + 12 * sigma));
        estimate.show(meanAndVariance(ratios).mean);
        error.show(standardError(ratios));
        paidByMean.show(meanPenalty(mu));
        paidBySpread.show(spreadPenalty(sigma));
      },
      destroy: () => all.forEach((plot) => plot.destroy()),
    };
  },
};

/** @param {ReturnType<typeof plotsOf>} plots @param {Drawn} state */
function drawBells({ densities, integrand }, { mu, sigma }) {
  densities.frame();
  densities.area("p", (x) => density(x, 0, 1), "p");
  densities.curve("q", (x) => density(x, mu, sigma), "q");
  placeBell(densities, { mu, sigma });
  integrand.frame();
  integrand.area("kl", (x) => klIntegrand(x, mu, sigma, 0, 1), "kl");
}

/** @param {ReturnType<typeof plotsOf>} plots @param {Drawn} state */
function drawPenalties({ ofMean, ofSpread }, { mu, sigma }) {
  ofMean.frame();
  ofMean.curve("penalty", meanPenalty, "kl");
  ofMean.dot("now", mu, meanPenalty(mu), "q");
  ofSpread.frame();
  ofSpread.curve("penalty", (value) => (value > 0 ? spreadPenalty(value) : NaN), "kl");
  ofSpread.line("best", [[1, 0], [1, 4.5]], "faint");
  ofSpread.dot("now", sigma, spreadPenalty(sigma), "q");
}

/** @param {Plot} plot @param {[number, number][]} means @param {number} kl */
function drawEstimate(plot, means, kl) {
  const reach = Math.max(0.5, 0.6 * kl);
  plot.frame({ y: [kl - reach, kl + reach] });
  plot.line("closed", [[0, kl], [Math.log2(DRAWS), kl]], "faint");
  plot.line("means", means, "kl");
}
