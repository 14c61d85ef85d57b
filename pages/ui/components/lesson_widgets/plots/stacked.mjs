import { decimal } from "../../../browser/lib/format.mjs";
import { dress, html } from "../../../browser/lib/dom.mjs";
import { linear } from "./scales.mjs";

/** @import { Panel } from "../panel.mjs" */
/** @import { Range } from "./scales.mjs" */

/** @typedef {{name: string, kind: string}} Bar name: of its words and its hook */

/**
 * Bars under each other on one scale, of which the second begins where the first ends, and the third is as long as
 * both: one sees that they add up. A first one below 0 runs to the left.
 * @param {Panel<any>} panel @param {[Bar, Bar, Bar]} bars @param {Range} range
 * @returns {{element: HTMLElement, show: (values: [number, number, number]) => void}}
 */
export function stacked(panel, bars, range) {
  const toPercent = linear(range, [0, 100]);
  const rows = bars.map(({ name, kind }) => {
    const bar = html("i", { class: "ls-stack-bar" });
    const value = html("output", { class: "ls-number", "data-testid": panel.hook(name) });
    const zero = html("i", { class: "ls-stack-zero", style: `left: ${toPercent(0)}%` });
    const track = html("div", { class: "ls-stack-track", "aria-hidden": "true" }, zero, bar);
    const row = html("div", { class: `ls-stack-row ls-is-${kind}` }, html("span", {}, panel.text(name)), track, value);
    return { row, bar, value };
  });
  return {
    element: html("div", { class: "ls-stack" }, ...rows.map(({ row }) => row)),
    show(values) {
      const ends = [[0, values[0]], [values[0], values[0] + values[1]], [0, values[2]]];
      rows.forEach(({ bar, value }, index) => {
        const [low, high] = ends[index].map(toPercent).sort((one, other) => one - other);
        dress(bar, { style: `left: ${low}%; width: ${high - low}%` });
        value.dataset.value = String(values[index]);
        value.textContent = decimal(values[index], 3);
      });
    },
  };
}
