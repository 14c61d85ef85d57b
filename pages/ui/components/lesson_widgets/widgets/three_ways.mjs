import { facts, number, slider } from "../plots/controls.mjs";
import {
  klInLogvar, klInSigma, klInVariance, slopeInLogvar, slopeInSigma, slopeInVariance,
} from "../maths/parametrisations.mjs";
import { Plot } from "../plots/plot.mjs";

/** One KL in σ, σ² and log σ²: the same value, and three slopes for the network to follow. */

const LEAST = 0.05;
const MOST = 3;

/** @type {import("../types.mjs").Widget<{mu: number, sigma: number}>} */
export default {
  start: { mu: 0.5, sigma: 0.7 },
  goal: ({ sigma }) => sigma <= 0.06,
  build(panel) {
    const { state } = panel;
    const slopes = new Plot(panel, "slopes", { x: [Math.log10(LEAST), Math.log10(MOST)], y: [-22, 5], height: 230 });
    const values = ["value-sigma", "value-variance", "value-logvar"].map((name) => number(panel, name, { digits: 4 }));
    const kinds = ["sum", "entropy", "kl"];
    const shown = ["slope-sigma", "slope-variance", "slope-logvar"].map((name, index) =>
      number(panel, name, { digits: 3, kind: kinds[index] }));
    const logs = ["log-sigma", "log-variance"].map((name) => number(panel, name, { digits: 4 }));
    panel.row("controls", slider(panel, "mu", { min: -3, max: 3 }),
      slider(panel, "sigma", { min: LEAST, max: MOST, digits: 3, isLog: true }));
    panel.row("numbers", facts(...values), facts(...shown), facts(...logs));
    panel.row("plots", slopes.element);
    return {
      draw() {
        const { mu, sigma } = state;
        const [variance, logvar] = [sigma * sigma, 2 * Math.log(sigma)];
        const kls = [klInSigma(mu, sigma), klInVariance(mu, variance), klInLogvar(mu, logvar)];
        const now = [slopeInSigma(sigma), slopeInVariance(variance), slopeInLogvar(logvar)];
        kls.forEach((kl, index) => values[index].show(kl));
        now.forEach((slope, index) => shown[index].show(slope));
        logs[0].show(logvar / 2);
        logs[1].show(logvar);
        slopes.frame();
        slopes.curve("σ", (x) => slopeInSigma(10 ** x), kinds[0]);
        slopes.curve("σ²", (x) => slopeInVariance(10 ** (2 * x)), kinds[1]);
        slopes.curve("log σ²", (x) => slopeInLogvar(2 * x * Math.LN10), kinds[2]);
        now.forEach((slope, index) => slopes.dot(`now-${index}`, Math.log10(sigma), slope, kinds[index]));
        slopes.word("word-σ", -1.12, -15.4, "σ", kinds[0]);
        slopes.word("word-σ²", -0.62, -15.4, "σ²", kinds[1]);
        slopes.word("word-log", -0.95, 1.2, "log σ²", kinds[2]);
      },
      destroy: () => slopes.destroy(),
    };
  },
};
