import { isAbort, sentenceOf } from "../../../browser/lib/fetching.mjs";
import { newestPerSlot } from "../../../browser/lib/latest_wins.mjs";
import { facts, number, slider } from "../plots/controls.mjs";
import { html } from "../../../browser/lib/dom.mjs";
import { fromPrior } from "../maths/draws.mjs";
import { gallery } from "../plots/gallery.mjs";
import { LessonModels, modelsOf } from "../models/lesson_models.mjs";
import { LittleMap, PRIOR_HALF } from "../plots/little_map.mjs";
import { uniformFrom } from "../maths/noise.mjs";
import { Plot } from "../plots/plot.mjs";
import { extremes, firstOfEach, nearestTo, placed, tangent } from "../maths/tradeoff.mjs";

/** The same network at several β: drag along rate and distortion, and see what each of them gives. */

/** @typedef {{at: number, collapsed: boolean, noisy: boolean}} Tradeoff at: which β, from the largest */

const SHOWN = 10;
const CLASSES = 10;

/** @type {import("../types.mjs").Widget<Tradeoff>} */
export default {
  start: { at: 4, collapsed: false, noisy: false },
  goal: ({ collapsed, noisy }) => collapsed && noisy, // both ends have been seen
  build(stage) {
    const { state } = stage;
    const trouble = stage.text("trouble");
    const told = [...modelsOf(stage)].sort((one, other) => Number(other.beta) - Number(one.beta));
    const models = new LessonModels(told, stage.data.assets);
    const ends = extremes(told);
    const plot = new Plot(stage, "tradeoff", { ...ends, height: 300 });
    const map = new LittleMap(stage.data.look, stage.text("map"), stage.hook("map"));
    const originals = gallery(SHOWN, stage.text("originals"), stage.hook("originals"), { isReal: true });
    const rebuilt = gallery(SHOWN, stage.text("reconstructions"), stage.hook("reconstructions"));
    const samples = gallery(SHOWN, stage.text("samples"), stage.hook("samples"));
    const problem = html("p", { class: "ls-problem-here", role: "status" });
    const range = { min: 0, max: told.length - 1, step: 1, digits: 0, said: (/** @type {number} */ at) => `β = ${told[at]?.beta}` };
    const figures = ["beta", "rate", "distortion", "bound", "active"].map((name) =>
      number(stage, name, { digits: name === "beta" ? 2 : name === "active" ? 0 : 1, kind: KINDS[name] ?? "" }));
    stage.row("halves", plot.element, html("figure", { class: "ls-plot-box" },
      html("figcaption", {}, stage.text("map")), map.element));
    stage.row("controls", slider(stage, "at", range), facts(...figures));
    originals.element.hidden = true;
    stage.row("galleries", originals.element, rebuilt.element, samples.element, problem);
    plot.handle("now", {
      from: () => placed(told[state.at]),
      move: (x, y) => go(nearestTo(told, ends, [x, y])),
    });
    const noise = fromPrior(uniformFrom(1), SHOWN);
    let shown = -1;
    /** @type {number[] | null} one held-out image of each class, the same for all models */
    let rows = null;

    /** @param {number} at */
    const go = (at) => at !== state.at && stage.set({ at });

    const decode = newestPerSlot(async (/** @type {object} */ _slot, /** @type {number} */ at) => {
      try {
        const images = await models.map(at);
        const { all } = images;
        map.show(images, PRIOR_HALF);
        if (!rows) {
          rows = firstOfEach(all.labels, CLASSES);
          const real = await models.real(rows.map((row) => all.index[row]));
          originals.element.hidden = !real;
          if (real) originals.paint(real, 1);
        }
        rebuilt.paint(await models.images(at, Float32Array.from(rows.flatMap((row) => [all.mu[2 * row], all.mu[2 * row + 1]]))));
        samples.paint(await models.images(at, noise));
        stage.root.dataset.shown = String(told[at].beta);
        problem.textContent = "";
      } catch (error) {
        if (!isAbort(error)) problem.textContent = sentenceOf(error, trouble);
      }
    });

    return {
      draw() {
        const now = told[state.at];
        if (now.active === 0) state.collapsed = true;
        if (now.beta === 0) state.noisy = true;
        plot.frame();
        plot.line("curve", told.map(placed), "sum");
        plot.line("tangent", tangent(now, ends.x), "faint");
        told.forEach((each, at) => {
          const [x, y] = placed(each);
          plot.dot(`dot-${at}`, x, y, "kl");
        });
        plot.place("now", ...placed(now));
        [now.beta ?? 0, now.rate, now.distortion, now.bound, now.active].forEach((value, at) => figures[at].show(value));
        if (shown !== state.at) decode(stage, (shown = state.at));
      },
      dress: () => map.dress(),
      destroy() {
        plot.destroy();
        map.destroy();
        models.destroy();
      },
    };
  },
};

/** @type {Record<string, string>} */
const KINDS = { rate: "kl", distortion: "entropy", bound: "sum" };
