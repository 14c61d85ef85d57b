import { decimal } from "../../../browser/lib/format.mjs";
import { scrolling, slider } from "../plots/controls.mjs";
import { dress, html } from "../../../browser/lib/dom.mjs";
import { klToPrior } from "../maths/normals.mjs";
import { bracketLost, expLost, halfLost, signLost, squareLost } from "../maths/parametrisations.mjs";
import { Plot } from "../plots/plot.mjs";

/** The formula beside its copies on the web: values, differences, and where each would carry σ. */

const FORMULAS = /** @type {const} */ ([
  { name: "right", written: "−½ (1 + log σ² − μ² − σ²)", value: klToPrior },
  { name: "sign", written: "½ (1 + log σ² − μ² − σ²)", value: signLost },
  { name: "half", written: "−(1 + log σ² − μ² − σ²)", value: halfLost },
  { name: "bracket", written: "−½ (1 + log σ²) − μ² − σ²", value: bracketLost },
  { name: "square", written: "−½ (1 + log σ − μ² − σ²)", value: squareLost },
  { name: "exp", written: "−½ (1 + log σ² − μ² − log σ²)", value: expLost },
]);

/** Close enough to agree on the screen. */
const SAME = 5e-4;

/** @typedef {{mu: number, sigma: number, formula: string}} Choice */

/** @type {import("../types.mjs").Widget<Choice>} */
export default {
  start: { mu: 1, sigma: 0.6, formula: "sign" },
  goal: ({ mu, sigma }) =>
    FORMULAS.slice(1).some(({ value }) => Math.abs(value(mu, sigma) - klToPrior(mu, sigma)) < SAME),
  build(panel) {
    const { state } = panel;
    const plot = new Plot(panel, "against-sigma", { x: [0, 3], y: [-5, 7], height: 220 });
    const { element, rows } = table(panel);
    panel.row("controls", slider(panel, "mu", { min: -3, max: 3 }), slider(panel, "sigma", { min: 0.1, max: 3 }));
    panel.row("table", element);
    panel.row("plots", plot.element);
    return {
      draw() {
        const { mu, sigma, formula } = state;
        const right = klToPrior(mu, sigma);
        rows.forEach((row, index) => row.show(FORMULAS[index].value(mu, sigma), right, FORMULAS[index].name === formula));
        const chosen = FORMULAS.find(({ name }) => name === formula) ?? FORMULAS[1];
        plot.frame();
        plot.curve("chosen", (x) => (x > 0 ? chosen.value(mu, x) : NaN), "q");
        plot.curve("right", (x) => (x > 0 ? klToPrior(mu, x) : NaN), "kl");
        plot.dot("chosen-now", sigma, chosen.value(mu, sigma), "q");
        plot.dot("right-now", sigma, right, "kl");
      },
      destroy: () => plot.destroy(),
    };
  },
};

/** @param {import("../panel.mjs").Panel<Choice>} panel */
function table(panel) {
  const rows = FORMULAS.map(({ name, written }) => {
    const show = html("button", { type: "button", class: "ls-button ls-formula", title: panel.text("formula-help"),
      "data-testid": panel.hook(`show-${name}`) }, written);
    show.addEventListener("click", () => panel.set({ formula: name }));
    const value = html("td", { class: "ls-number", "data-testid": panel.hook(name) });
    const off = html("td", { class: "ls-number", "data-testid": panel.hook(`${name}-off`) });
    const row = html("tr", {}, html("td", {}, show, html("p", { class: "ls-muted" }, panel.text(name))), value, off);
    return {
      row,
      show(/** @type {number} */ number, /** @type {number} */ right, /** @type {boolean} */ isChosen) {
        value.dataset.value = String(number);
        value.textContent = decimal(number, 3);
        off.dataset.value = String(number - right);
        off.textContent = name === "right" ? "" : decimal(number - right, 3);
        dress(row, { class: Math.abs(number - right) < SAME ? "ls-agrees" : "" });
        dress(show, { "aria-pressed": String(isChosen) });
      },
    };
  });
  const heads = ["written", "value", "off"].map((key, index) =>
    html("th", { scope: "col", class: index ? "ls-number" : "" }, panel.text(key)));
  const element = html("table", { class: "ls-table" }, html("thead", {}, html("tr", {}, ...heads)),
    html("tbody", {}, ...rows.map(({ row }) => row)));
  return { element: scrolling(panel.text("table"), element), rows };
}
