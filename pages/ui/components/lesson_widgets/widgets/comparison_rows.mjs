import { decimal, grouped, percent } from "../../../browser/lib/format.mjs";
import { BETWEEN, DRAWN, GENERATED } from "../maths/comparison_figures.mjs";
import { html } from "../../../browser/lib/dom.mjs";
import { gallery } from "../plots/gallery.mjs";
import { LittleMap, PRIOR_HALF } from "../plots/little_map.mjs";
import { shrinking } from "../plots/shrinking.mjs";

/** @import { Stage } from "../stage.mjs" */
/** @import { Figures } from "../maths/comparison_figures.mjs" */
/** @import { LessonModel } from "../models/lesson_models.mjs" */

/**
 * A cell: what stands in it, and how it shows what was measured; what is known beforehand shows at once.
 * @typedef {object} Cell
 * @property {Node[]} element
 * @property {(figures: Figures) => void} [show]
 * @property {() => void} [dress] the theme has changed
 * @property {() => void} [destroy]
 *
 * @typedef {object} Row
 * @property {string} name of its words: "<name>" before it, "<name>-<model>" in its cells
 * @property {(stage: Stage<any>, model: LessonModel, at: number) => Cell} cell
 */

/** A sentence with numbers in it. @param {string} words with {name} where one belongs @param {Record<string, string>} numbers */
export const filled = (words, numbers) =>
  words.replace(/\{(\w+)\}/g, (whole, name) => numbers[name] ?? whole);

/** @param {ArrayLike<number>} z @param {number} digits */
const tuple = (z, digits) => `(${Array.from(z, (value) => decimal(value, digits)).join(", ")})`;

/** A row of sentences whose numbers are known with the model. @param {string} name @param {(model: LessonModel) => Record<string, string>} numbers @returns {Row} */
const said = (name, numbers) => ({
  name,
  cell: (stage, model, at) => ({ element: [html("p", {}, filled(stage.text(`${name}-${at}`), numbers(model)))] }),
});

/** A row of sentences whose numbers are measured. @param {string} name @param {(figures: Figures) => Record<string, string>} numbers @returns {Row} */
const measuredText = (name, numbers) => ({
  name,
  cell(stage, _model, at) {
    const [text, words] = [html("p"), stage.text(`${name}-${at}`)];
    return { element: [text], show: (figures) => void (text.textContent = filled(words, numbers(figures))) };
  },
});

/**
 * A row of images under a sentence.
 * @param {string} name @param {number} count @param {number} columns
 * @param {(figures: Figures) => Float32Array} images @param {(model: LessonModel) => Record<string, string>} [numbers]
 * @returns {Row}
 */
const pictured = (name, count, columns, images, numbers = () => ({})) => ({
  name,
  cell(stage, model, at) {
    const words = filled(stage.text(`${name}-${at}`), numbers(model));
    const shown = gallery(count, words, stage.hook(`${name}-images-${at}`), { columns, isTitled: false });
    return { element: [html("p", {}, words), shown.element], show: (figures) => shown.paint(images(figures)) };
  },
});

/**
 * A row of maps with their holes, over a sentence.
 * @param {string} name @param {number | undefined} half of the maps' width, by default as the points need
 * @param {(figures: Figures, model: LessonModel) => Record<string, string>} numbers
 * @returns {Row}
 */
const mapped = (name, half, numbers) => ({
  name,
  cell(stage, model, at) {
    const map = new LittleMap(stage.data.look, stage.text(name), stage.hook(`${name}-map-${at}`), { holes: true });
    const [text, words] = [html("p"), stage.text(`${name}-${at}`)];
    return {
      element: [map.element, text],
      show(figures) {
        map.show(figures.mapped, half);
        text.textContent = filled(words, numbers(figures, model));
      },
      dress: () => map.dress(),
      destroy: () => map.destroy(),
    };
  },
});

/** @type {Row} */
const overfitting = {
  name: "overfitting",
  cell(stage, { shrunk }, at) {
    const curve = shrinking(shrunk, stage.text("overfitting-curve"), stage.hook(`shrinking-${at}`));
    const ends = [shrunk[0], shrunk[shrunk.length - 1]].map(({ images, train, heldOut }) => ({
      images: grouped(images), gap: decimal(heldOut - train, 1),
    }));
    const numbers = { few: ends[0].images, fewGap: ends[0].gap, all: ends[1].images, allGap: ends[1].gap };
    return { element: [curve, html("p", {}, filled(stage.text("overfitting-cell"), numbers))] };
  },
};

/** @param {number} value */
const nats = (value) => decimal(value, 1);

/** @type {readonly Row[]} */
export const ROWS = [
  mapped("latent-space", undefined, ({ reach }) => ({ reach: decimal(reach, 1) })),
  measuredText("encoder-output", ({ mu, sigmas }) => ({ mu: tuple(mu, 2), sigma: tuple(sigmas, 3) })),
  pictured("decoder-input", DRAWN, DRAWN, ({ drawn }) => drawn),
  said("objective", ({ distortion, bound, beta }) => ({ loss: nats(beta ? bound : distortion) })),
  said("reconstruction", ({ distortion }) => ({ nats: nats(distortion), pixel: decimal(distortion / 784, 3) })),
  measuredText("regularisation", ({ farthest, sigma }) => ({ farthest: decimal(farthest, 1), sigma: decimal(sigma, 3) })),
  mapped("prior", PRIOR_HALF, (_, { smoothedHoles, rate }) => ({ holes: percent(smoothedHoles), rate: nats(rate) })),
  pictured("generation", GENERATED, DRAWN, ({ generated }) => generated),
  said("complexity", ({ parameters, epochS }) => ({ parameters: grouped(parameters), seconds: decimal(epochS, 1) })),
  overfitting,
  said("quality", ({ undecided: { real, reconstructed, generated } }) => ({
    real: decimal(real, 3), reconstructed: decimal(reconstructed, 3), generated: decimal(generated, 3),
  })),
  pictured("use", BETWEEN, BETWEEN, ({ between }) => between),
];
