import { showingNewest } from "../plots/asking.mjs";
import { ROWS } from "./comparison_rows.mjs";
import { measured } from "../maths/comparison_figures.mjs";
import { button, slider } from "../plots/controls.mjs";
import { html } from "../../../browser/lib/dom.mjs";
import { LessonModels, modelsOf } from "../models/lesson_models.mjs";

/** An autoencoder, one with noise and a VAE, side by side: twelve things to compare, each measured on these models. */

/** @typedef {{image: number, draw: number}} Comparison image: the class of the one that is looked at */

const CLASSES = 10;

/** @type {import("../types.mjs").Widget<Comparison>} */
export default {
  start: { image: 4, draw: 1 },
  goal: ({ draw }) => draw >= 4,
  build(stage) {
    const { state } = stage;
    const trouble = stage.text("trouble");
    const told = modelsOf(stage);
    const models = new LessonModels(told, stage.data.assets);
    const rows = ROWS.map((row) => ({ row, cells: told.map((model, at) => row.cell(stage, model, at)) }));
    const problem = html("p", { class: "ls-problem-here", role: "status" });
    stage.row("controls", slider(stage, "image", { min: 0, max: CLASSES - 1, step: 1, digits: 0 }),
      html("div", { class: "ls-row ls-buttons" }, button(stage, "again", () => stage.set({ draw: state.draw + 1 }))));
    stage.root.append(table(stage, told.length, rows), problem);

    const show = showingNewest(keyOf, problem, trouble, async (wish) => {
      for (const [at, model] of told.entries()) {
        const figures = await measured(models, at, model, wish);
        for (const { cells } of rows) cells[at].show?.(figures);
      }
      stage.root.dataset.shown = keyOf(wish);
    });
    return {
      draw: () => show(state),
      dress: () => rows.forEach(({ cells }) => cells.forEach((cell) => cell.dress?.())),
      destroy() {
        rows.forEach(({ cells }) => cells.forEach((cell) => cell.destroy?.()));
        models.destroy();
      },
    };
  },
};

/** @param {Comparison} state */
const keyOf = ({ image, draw }) => `${image} ${draw}`;

/**
 * @param {import("../stage.mjs").Stage<any>} stage @param {number} count
 * @param {{row: import("./comparison_rows.mjs").Row, cells: import("./comparison_rows.mjs").Cell[]}[]} rows
 */
function table(stage, count, rows) {
  const names = Array.from({ length: count }, (_, at) =>
    html("div", { role: "columnheader", class: "ls-cmp-name" }, stage.text(`model-${at}`)));
  const head = html("div", { role: "row", class: "ls-cmp-row ls-cmp-head" },
    html("div", { role: "columnheader", class: "ls-cmp-label" }, stage.text("compared")), ...names);
  const body = rows.map(({ row, cells }) => html("div", { role: "row", class: "ls-cmp-row" },
    html("div", { role: "rowheader", class: "ls-cmp-label" }, stage.text(row.name)),
    ...cells.map(({ element }, at) => {
      const cell = html("div", { role: "cell", "data-testid": stage.hook(`${row.name}-${at}`) });
      cell.append(...element);
      return cell;
    })));
  return html("div", { role: "table", "aria-label": stage.text("compared"), class: "ls-cmp" }, head, ...body);
}
