import { button, facts, number, slider } from "../plots/controls.mjs";
import { html } from "../../../browser/lib/dom.mjs";
import { covarianceOf, planeKl } from "../maths/normals.mjs";
import { Plot } from "../plots/plot.mjs";

/** A Gaussian in the plane, dragged by its middle and its two axes, and what each term of its KL makes of it. */

/** @typedef {{mu1: number, mu2: number, first: number, second: number, turn: number}} Oval turn: degrees */

const REACH = 2.5;
const LEAST = 0.15;
const MOST = 2;

/** @param {Oval} state */
const termsOf = ({ mu1, mu2, first, second, turn }) =>
  planeKl([mu1, mu2], covarianceOf(first, second, (turn * Math.PI) / 180));

/** @param {number} value @param {number} low @param {number} high */
const between = (value, low, high) => Math.round(100 * Math.min(high, Math.max(low, value))) / 100;

/** Where an axis ends. @param {Oval} state @param {boolean} isFirst @returns {[number, number]} */
function tip({ mu1, mu2, first, second, turn }, isFirst) {
  const angle = (turn * Math.PI) / 180 + (isFirst ? 0 : Math.PI / 2);
  const length = isFirst ? first : second;
  return [mu1 + length * Math.cos(angle), mu2 + length * Math.sin(angle)];
}

/** What dragging an axis' end does: its length, and the turn of both. @param {Oval} state @param {boolean} isFirst
 *  @param {number} x @param {number} y @returns {Partial<Oval>} */
export function pulled({ mu1, mu2 }, isFirst, x, y) {
  const length = between(Math.hypot(x - mu1, y - mu2), LEAST, MOST);
  const degrees = (Math.atan2(y - mu2, x - mu1) * 180) / Math.PI - (isFirst ? 0 : 90);
  const turn = Math.round(((((degrees + 90) % 180) + 180) % 180) - 90); // an axis has no head: half a turn is none
  return { [isFirst ? "first" : "second"]: length, turn };
}

/** @type {import("../types.mjs").Widget<Oval>} */
export default {
  start: { mu1: 0.8, mu2: 0.4, first: 1.2, second: 0.6, turn: 30 },
  goal: (state) => Math.abs(termsOf(state).correlation) > 0.8,
  build(panel) {
    const { state } = panel;
    const plot = new Plot(panel, "plane", { x: [-REACH, REACH], y: [-REACH, REACH], isSquare: true });
    const names = /** @type {const} */ (["trace", "square", "logDeterminant", "kl", "correlation", "diagonal", "tied"]);
    const shown = names.map((name) => ({ name, ...number(panel, keyOf(name), { kind: name === "kl" ? "kl" : "" }) }));
    const controls = [
      slider(panel, "mu1", { min: -2, max: 2 }), slider(panel, "mu2", { min: -2, max: 2 }),
      slider(panel, "first", { min: LEAST, max: MOST }), slider(panel, "second", { min: LEAST, max: MOST }),
      slider(panel, "turn", { min: -90, max: 90, step: 1, digits: 0 }),
      button(panel, "round", () => panel.set({ mu1: 0, mu2: 0, first: 1, second: 1 })),
    ];
    panel.row("plots", plot.element, html("div", { class: "ls-aside" }, ...controls));
    panel.row("numbers", facts(...shown.slice(0, 4)), facts(...shown.slice(4)));
    addHandles(panel, plot);
    return {
      draw() {
        const { mu1, mu2, first, second, turn } = state;
        plot.frame();
        plot.ellipse("p", { x: 0, y: 0, along: 1, across: 1, angle: 0 }, "p");
        const shape = { x: mu1, y: mu2, angle: (turn * Math.PI) / 180 };
        plot.ellipse("q", { ...shape, along: first, across: second }, "q");
        plot.place("middle", mu1, mu2);
        plot.place("first-tip", ...tip(state, true));
        plot.place("second-tip", ...tip(state, false));
        const terms = termsOf(state);
        for (const { name, show } of shown) show(terms[name]);
      },
      destroy: () => plot.destroy(),
    };
  },
};

/** @param {string} name */
const keyOf = (name) => (name === "logDeterminant" ? "log-det" : name);

/** @param {import("../panel.mjs").Panel<Oval>} panel @param {Plot} plot */
function addHandles(panel, plot) {
  const { state } = panel;
  plot.handle("middle", {
    from: () => [state.mu1, state.mu2],
    onMove: (x, y) => panel.set({ mu1: between(x, -2, 2), mu2: between(y, -2, 2) }),
  });
  for (const isFirst of [true, false]) {
    plot.handle(isFirst ? "first-tip" : "second-tip", {
      from: () => tip(state, isFirst),
      onMove: (x, y) => panel.set(pulled(state, isFirst, x, y)),
    });
  }
}
