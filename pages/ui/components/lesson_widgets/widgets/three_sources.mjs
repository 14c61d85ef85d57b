import { MOST_COMPONENTS } from "../../../browser/lib/contract.mjs";
import { decimal, percent } from "../../../browser/lib/format.mjs";
import { showingNewest } from "../plots/asking.mjs";
import { button, choice } from "../plots/controls.mjs";
import { html } from "../../../browser/lib/dom.mjs";
import { fromMixture, fromPosteriors, fromPrior, undecidedNats } from "../maths/draws.mjs";
import { gallery } from "../plots/gallery.mjs";
import { LessonModels, modelsOf } from "../models/lesson_models.mjs";
import { LittleMap, PRIOR_HALF } from "../plots/little_map.mjs";
import { uniformFrom } from "../../../browser/maths/noise.mjs";

/** @import { Posteriors } from "../../../browser/model/embedding.mjs" */

/** New images from the prior, from all posteriors together, and from a mixture fitted to them, beside each other. */

/**
 * @typedef {object} Sources
 * @property {string} model which, its index among those that Python has sent
 * @property {string} components of the mixture
 * @property {number} draw how often new ones were drawn
 * @property {number} prior part of its draws in smoothed holes, 0 to 1
 * @property {number} mixture the same of the mixture's
 */

const NAMES = /** @type {const} */ (["prior", "aggregate", "mixture"]);
const COMPONENTS = [1, 2, 5, 10, 20, MOST_COMPONENTS].map(String);
const COUNT = 16;

/** @type {import("../types.mjs").Widget<Sources>} */
export default {
  start: { model: "1", components: "1", draw: 1, prior: 0, mixture: 1 },
  goal: ({ prior, mixture }) => prior > 0 && mixture <= prior / 100,
  build(panel) {
    const { state } = panel;
    const [trouble, heldOut] = [panel.text("trouble"), panel.text("held-out")];
    const models = new LessonModels(modelsOf(panel), panel.data.assets);
    const columns = NAMES.map((name) => column(panel, name));
    const likelihood = html("output", { class: "ls-number", "data-testid": panel.hook("held-out") });
    const problem = html("p", { class: "ls-problem-here", role: "status" });
    panel.row("controls", choice(panel, "model", modelsOf(panel).map((_, index) => String(index))),
      choice(panel, "components", COMPONENTS));
    panel.row("thirds", ...columns.map(({ element }) => element));
    panel.row("buttons", button(panel, "again", () => panel.set({ draw: state.draw + 1 })), html("span", {}, likelihood), problem);

    /** @param {Sources} state */
    const drawFrom = async ({ model, components, draw }) => {
      const index = Number(model);
      const images = await models.map(index);
      const mixture = await models.mixture(index, Number(components));
      const random = uniformFrom(draw);
      const drawn = [fromPrior(random, COUNT), fromPosteriors(random, COUNT, images.all), fromMixture(random, COUNT, mixture)];
      const holes = [mixture.in_smoothed_holes.prior, 0, mixture.in_smoothed_holes.mixture]; // of q's own draws none, by what a hole is
      for (const [each, z] of drawn.entries()) columns[each].show(images, z, await models.images(index, z), holes[each]);
      likelihood.textContent = `${heldOut} ${decimal(mixture.held_out_nats, 2)}`;
      likelihood.dataset.value = String(mixture.held_out_nats);
      panel.root.dataset.shown = keyOf({ ...state, model, components, draw });
      panel.set(mixture.in_smoothed_holes);
    };
    const show = showingNewest(keyOf, problem, trouble, drawFrom);
    return {
      draw: () => show(state),
      dress: () => columns.forEach(({ map }) => map.dress()),
      destroy() {
        columns.forEach(({ map }) => map.destroy());
        models.destroy();
      },
    };
  },
};

/** @param {Sources} state */
const keyOf = ({ model, components, draw }) => `${model} ${components} ${draw}`;

/**
 * One source: its map with the draws on it, their images, and what there is to say of them.
 * @param {import("../panel.mjs").Panel<any>} panel @param {"prior" | "aggregate" | "mixture"} name
 */
function column(panel, name) {
  const [inHoles, entropy] = [panel.text("holes"), panel.text("undecided")];
  const map = new LittleMap(panel.data.look, panel.text(name), panel.hook(`${name}-map`), { holes: true });
  const images = gallery(COUNT, modelsOf(panel)[0].imageShape, panel.text(name), panel.hook(name), { columns: 4, isTitled: false });
  const note = html("p", { class: "ls-note-here", "data-testid": panel.hook(`${name}-note`) });
  const element = html("section", { class: "ls-source" }, html("h4", {}, panel.text(name)), map.element, images.element, note);
  return {
    element,
    map,
    /**
     * @param {{all: Posteriors, few: Posteriors}} mapped @param {Float32Array} z @param {Float32Array} pixels
     * @param {number} holes
     */
    show(mapped, z, pixels, holes) {
      map.show(mapped, name === "prior" ? PRIOR_HALF : undefined); // close enough to see its holes
      map.mark(z);
      images.paint(pixels);
      const undecided = undecidedNats(pixels);
      note.textContent = `${inHoles} ${percent(holes)}; ${entropy} ${decimal(undecided, 3)}`;
      note.dataset.holes = String(holes);
      note.dataset.undecided = String(undecided);
    },
  };
}
