/** A bell to drag: sideways its mean, up and down its width, since a narrow bell is a high one. */

/** @import { Panel } from "../panel.mjs" */
/** @import { Plot } from "./plot.mjs" */

const ROOT_TWO_PI = Math.sqrt(2 * Math.PI);
export const WIDEST = 2.5;
export const NARROWEST = 0.1;
export const FARTHEST = 2.5;

/** How high the bell is. @param {number} sigma */
export const heightOf = (sigma) => 1 / (sigma * ROOT_TWO_PI);

/** How wide a bell of that height is, within what the sliders allow. @param {number} height @returns {number} */
export function sigmaOf(height) {
  const sigma = height > 0 ? 1 / (height * ROOT_TWO_PI) : WIDEST;
  return rounded(Math.min(WIDEST, Math.max(NARROWEST, sigma)));
}

/** To hundredths, as the sliders go. @param {number} value */
export const rounded = (value) => Math.round(100 * value) / 100;

/** @param {number} mu @returns {number} */
export const within = (mu) => rounded(Math.min(FARTHEST, Math.max(-FARTHEST, mu)));

/**
 * A handle on the bell's top, for a state with mu and sigma.
 * @param {Panel<{mu: number, sigma: number}>} panel @param {Plot} plot
 */
export function bellHandle(panel, plot) {
  const { state } = panel;
  plot.handle("bell", {
    from: () => [state.mu, Math.min(plot.y[1], heightOf(state.sigma))],
    onMove: (x, y) => panel.set({ mu: within(x), sigma: sigmaOf(y) }),
  });
}

/** @param {Plot} plot @param {{mu: number, sigma: number}} state */
export const placeBell = (plot, { mu, sigma }) => plot.place("bell", mu, Math.min(plot.y[1], heightOf(sigma)));
