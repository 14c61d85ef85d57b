import { decimal } from "../../../browser/lib/format.mjs";
import { button, scrolling, slider } from "../plots/controls.mjs";
import { html } from "../../../browser/lib/dom.mjs";
import { histogram, meanAndVariance } from "../maths/estimates.mjs";
import { normalsFrom } from "../../../browser/maths/noise.mjs";
import { Plot } from "../plots/plot.mjs";

/**
 * Two estimates of the gradient of E[(z − c)²] over z = μ + σ ε, with the exact gradient, 2 (μ − c) and 2 σ, and the
 * exact variances of both from the moments of ε. Sources: Kingma & Welling 2014 (arXiv 1312.6114), section 2.4 and
 * appendix D; Williams 1992 for the score function; Mohamed et al. 2020 (arXiv 1906.10652), sections 4 and 5.
 */

/** @typedef {{mu: number, sigma: number, target: number}} Problem */
/** @typedef {{mu: number, sigma: number}} Slope */

/** @param {Problem} problem @returns {Slope} */
export const exact = ({ mu, sigma, target }) => ({ mu: 2 * (mu - target), sigma: 2 * sigma });

/** What the chain rule finds where z has simply been drawn: a number that depends on nothing. @returns {Slope} */
export const drawnAsSuch = () => ({ mu: 0, sigma: 0 });

/** The loss at one z, times how ∇ log q(z) points: it needs no derivative of the loss. @param {Problem} problem
 *  @param {number} epsilon @returns {Slope} */
export function scoreFunction({ mu, sigma, target }, epsilon) {
  const loss = (mu + sigma * epsilon - target) ** 2;
  return { mu: (loss * epsilon) / sigma, sigma: (loss * (epsilon * epsilon - 1)) / sigma };
}

/** Through z = μ + σ ε by the chain rule: ∂z/∂μ = 1, ∂z/∂σ = ε. @param {Problem} problem @param {number} epsilon
 *  @returns {Slope} */
export function reparametrised({ mu, sigma, target }, epsilon) {
  const slope = 2 * (mu + sigma * epsilon - target);
  return { mu: slope, sigma: slope * epsilon };
}

/** The variance of one draw of the first. @param {Problem} problem @returns {Slope} */
export function scoreVariance({ mu, sigma, target }) {
  const [d, s] = [(mu - target) ** 2, sigma * sigma];
  return { mu: (d * d) / s + 14 * d + 15 * s, sigma: (2 * d * d) / s + 60 * d + 74 * s };
}

/** The variance of one draw of the second. @param {Problem} problem @returns {Slope} */
export function reparametrisedVariance({ mu, sigma, target }) {
  const [d, s] = [(mu - target) ** 2, sigma * sigma];
  return { mu: 4 * s, sigma: 4 * d + 8 * s };
}

/** One gradient by two routes, estimated from the same draws: how far single draws are from it. */

const MOST = 100_000;
const BINS = 60;
const ROUTES = /** @type {const} */ ([
  { name: "score", kind: "entropy", estimate: scoreFunction, variance: scoreVariance },
  { name: "path", kind: "q", estimate: reparametrised, variance: reparametrisedVariance },
]);
const CELLS = ["mean-mu", "mean-sigma", "variance-mu", "variance-sigma", "exact-variance-mu"];

/** @typedef {{mu: number, sigma: number, target: number, draws: number, seed: number}} Draws */

/** What a route's draws say. @param {Draws} state @param {typeof ROUTES[number]} route */
function measured({ mu, sigma, target, draws, seed }, { estimate, variance }) {
  const problem = { mu, sigma, target };
  const [ofMu, ofSigma] = [new Float64Array(draws), new Float64Array(draws)];
  normalsFrom(seed, draws).forEach((epsilon, index) => {
    const slope = estimate(problem, epsilon);
    [ofMu[index], ofSigma[index]] = [slope.mu, slope.sigma];
  });
  const [byMu, bySigma] = [meanAndVariance(ofMu), meanAndVariance(ofSigma)];
  const numbers = [byMu.mean, bySigma.mean, byMu.variance, bySigma.variance, variance(problem).mu];
  return { ofMu, numbers };
}

/** @param {Draws} state @returns {number} how many times larger the score function's variance is, measured */
export function ratio(state) {
  const [score, path] = ROUTES.map((route) => measured(state, route).numbers[2]);
  return score / path;
}

/** @type {import("../types.mjs").Widget<Draws>} */
export default {
  start: { mu: 1, sigma: 1, target: 0, draws: 1000, seed: 1 },
  goal: (state) => ratio(state) > 100,
  build(panel) {
    const { state } = panel;
    const { element, rows } = table(panel);
    const plots = ROUTES.map(({ name }) => new Plot(panel, `${name}-draws`, { x: [-20, 20], y: [0, 0.4], height: 160 }));
    panel.row("controls", slider(panel, "mu", { min: -3, max: 3 }), slider(panel, "sigma", { min: 0.2, max: 2 }),
      slider(panel, "target", { min: -3, max: 3 }));
    panel.row("buttons", button(panel, "more", () => panel.set({ draws: Math.min(MOST, 10 * state.draws) })),
      button(panel, "fewer", () => panel.set({ draws: Math.max(10, state.draws / 10) })),
      button(panel, "other", () => panel.set({ seed: state.seed + 1 })));
    panel.row("table", element);
    panel.row("plots", ...plots.map((plot) => plot.element));
    return {
      draw() {
        const all = ROUTES.map((route) => measured(state, route));
        const [score, path] = all.map(({ numbers }) => numbers);
        const truth = exact(state);
        const ratios = score.map((value, index) => (index < 2 ? NaN : value / path[index])); // of variances, not of means
        [slopeOnly(drawnAsSuch()), score, path, slopeOnly(exact(state)), ratios].forEach((numbers, index) => rows[index](numbers));
        plots.forEach((plot, index) => drawCloud(plot, all[index].ofMu, truth.mu, ROUTES[index].kind));
      },
      destroy: () => plots.forEach((plot) => plot.destroy()),
    };
  },
};

/** What has no draws of its own to vary. @param {{mu: number, sigma: number}} slope */
const slopeOnly = ({ mu, sigma }) => [mu, sigma, NaN, NaN, NaN];

/** @param {Plot} plot @param {Float64Array} values @param {number} truth @param {string} kind */
function drawCloud(plot, values, truth, kind) {
  /** @type {[number, number]} the same for both, so that widths can be compared */
  const x = [truth - 20, truth + 20];
  plot.frame({ x });
  plot.bars("draws", histogram(values, x, BINS), 40 / BINS, kind);
  plot.line("truth", [[truth, 0], [truth, 0.4]], "faint");
}

/** Routes, the truth and the ratio of the variances, row by row. @param {import("../panel.mjs").Panel<Draws>} panel */
function table(panel) {
  /** @type {((numbers: number[]) => void)[]} */
  const shown = [];
  const rows = ["naive", "score", "path", "exact", "ratio"].map((name) => {
    const cells = CELLS.map((cell) => html("td", { class: "ls-number", "data-testid": panel.hook(`${name}-${cell}`) }));
    const row = html("tr", {}, html("th", { scope: "row" }, panel.text(name)), ...cells);
    shown.push((/** @type {number[]} */ numbers) => cells.forEach((cell, index) => {
      cell.dataset.value = String(numbers[index]);
      cell.textContent = Number.isNaN(numbers[index]) ? "" : decimal(numbers[index], 2);
    }));
    return row;
  });
  const heads = ["route", ...CELLS].map((key, index) =>
    html("th", { scope: "col", class: index ? "ls-number" : "" }, panel.text(key)));
  const element = html("table", { class: "ls-table" }, html("thead", {}, html("tr", {}, ...heads)),
    html("tbody", {}, ...rows));
  return { element: scrolling(panel.text("table"), element), rows: shown };
}
