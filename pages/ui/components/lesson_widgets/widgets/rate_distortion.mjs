import { facts, number, slider } from "../plots/controls.mjs";
import { html } from "../../../browser/lib/dom.mjs";
import { fromPrior } from "../maths/draws.mjs";
import { gallery } from "../plots/gallery.mjs";
import { LessonModels, modelsOf } from "../models/lesson_models.mjs";
import { LittleMap, PRIOR_HALF } from "../plots/little_map.mjs";
import { uniformFrom } from "../../../browser/maths/noise.mjs";
import { Plot } from "../plots/plot.mjs";
import { showingNewest } from "../plots/asking.mjs";
import { extremes, firstOfEach, nearestTo, positionOf, tangent } from "../maths/tradeoff.mjs";

/** @import { LessonModel } from "../models/lesson_models.mjs" */
/** @import { Panel } from "../panel.mjs" */

/** The same network at several β: drag along rate and distortion, and see what each of them gives. */

/** @typedef {{index: number, collapsed: boolean, noisy: boolean}} Tradeoff index: which β, from the largest */

/** Images in a row, at most. */
const SHOWN = 10;
/** @type {Record<string, string>} */
const KINDS = { rate: "kl", distortion: "entropy", bound: "sum" };

/** @type {import("../types.mjs").Widget<Tradeoff>} */
export default {
  start: { index: 4, collapsed: false, noisy: false },
  goal: ({ collapsed, noisy }) => collapsed && noisy, // both ends have been seen
  build(panel) {
    const { state } = panel;
    const trouble = panel.text("trouble");
    const records = [...modelsOf(panel)].sort((one, other) => Number(other.beta) - Number(one.beta));
    const models = new LessonModels(records, panel.data.assets);
    const { plot, draw } = tradeoff(panel, records);
    const figure = html("figure", { class: "ls-plot-box" }, html("figcaption", {}, panel.text("map")));
    const images = galleries(panel, records[0]);
    const problem = html("p", { class: "ls-problem-here", role: "status" });
    const map = new LittleMap(panel.data.look, panel.text("map"), panel.hook("map"));
    figure.append(map.element);
    panel.row("halves", plot.element, figure);
    const figures = numbers(panel, records);
    panel.row("galleries", ...images.elements, problem);
    const show = showingNewest(({ index }) => String(index), problem, trouble, async ({ index }) => {
      const mapped = await models.map(index);
      map.show(mapped, PRIOR_HALF);
      await images.show(models, index, mapped.all);
      panel.root.dataset.shown = String(records[index].beta);
    });
    return {
      draw() {
        const now = records[state.index];
        if (now.active === 0) state.collapsed = true;
        if (now.beta === 0) state.noisy = true;
        draw(now);
        figures(now);
        show(state);
      },
      dress: () => map.dress(),
      destroy: () => (plot.destroy(), map.destroy(), models.destroy()),
    };
  },
};

/**
 * Rate and distortion of every model, and a handle that goes from one to the next.
 * @param {Panel<Tradeoff>} panel @param {readonly LessonModel[]} records
 */
function tradeoff(panel, records) {
  const { state } = panel;
  const ends = extremes(records);
  const plot = new Plot(panel, "tradeoff", { ...ends, height: 300 });
  plot.handle("now", {
    from: () => positionOf(records[state.index]),
    onMove(x, y) {
      const index = nearestTo(records, ends, [x, y]);
      if (index !== state.index) panel.set({ index });
    },
  });
  /** @param {LessonModel} now */
  const draw = (now) => {
    plot.frame();
    plot.line("curve", records.map(positionOf), "sum");
    plot.line("tangent", tangent(now, ends.x), "faint");
    records.forEach((each, index) => plot.dot(`dot-${index}`, ...positionOf(each), "kl"));
    plot.place("now", ...positionOf(now));
  };
  return { plot, draw };
}

/**
 * The slider along β and a model's figures beside it, which the answer shows.
 * @param {Panel<Tradeoff>} panel @param {readonly LessonModel[]} records @returns {(now: LessonModel) => void}
 */
function numbers(panel, records) {
  const said = (/** @type {number} */ index) => `β = ${records[index]?.beta}`;
  const shown = /** @type {const} */ (["beta", "rate", "distortion", "bound", "active"]).map((name) => {
    const digits = name === "beta" ? 2 : name === "active" ? 0 : 1;
    return { name, ...number(panel, name, { digits, kind: KINDS[name] ?? "" }) };
  });
  panel.row("controls", slider(panel, "index", { min: 0, max: records.length - 1, step: 1, digits: 0, said }), facts(...shown));
  return (now) => shown.forEach(({ name, show }) => show(now[name] ?? 0));
}

/**
 * One held-out image of each class, the same for all models; what a model makes of it; and images from the prior.
 * @param {Panel<any>} panel @param {LessonModel} model whose images all of them have
 */
function galleries(panel, { classes, imageShape: shape }) {
  const count = Math.min(SHOWN, classes.length);
  const originals = gallery(count, shape, panel.text("originals"), panel.hook("originals"), { isReal: true });
  const rebuilt = gallery(count, shape, panel.text("reconstructions"), panel.hook("reconstructions"));
  const samples = gallery(SHOWN, shape, panel.text("samples"), panel.hook("samples"));
  const noise = fromPrior(uniformFrom(1), SHOWN);
  /** @type {number[] | null} of the images, in the maps' order */
  let rows = null;
  originals.element.hidden = true;
  return {
    elements: [originals.element, rebuilt.element, samples.element],
    /**
     * @param {LessonModels} models @param {number} index
     * @param {import("../../../browser/model/embedding.mjs").Posteriors} posteriors of that model
     */
    async show(models, index, { mu, labels, index: numbers }) {
      if (!rows) {
        rows = firstOfEach(labels, count);
        const real = await models.real(rows.map((row) => numbers[row]));
        originals.element.hidden = !real;
        if (real) originals.paint(real, 1);
      }
      rebuilt.paint(await models.images(index, Float32Array.from(rows.flatMap((row) => [mu[2 * row], mu[2 * row + 1]]))));
      samples.paint(await models.images(index, noise));
    },
  };
}
