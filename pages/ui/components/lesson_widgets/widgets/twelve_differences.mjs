import { showingNewest } from "../plots/asking.mjs";
import { extentOf } from "../../../browser/maths/coordinates.mjs";
import { fromPrior } from "../maths/draws.mjs";
import { normalsFrom, uniformFrom } from "../../../browser/maths/noise.mjs";
import { firstOfEach } from "../maths/tradeoff.mjs";
import { button, slider } from "../plots/controls.mjs";
import { html, svg } from "../../../browser/lib/dom.mjs";
import { LessonModels, modelsOf } from "../models/lesson_models.mjs";
import { pathOf } from "../plots/scales.mjs";
import { decimal, grouped, listed, percent } from "../../../browser/lib/format.mjs";
import { gallery } from "../plots/gallery.mjs";
import { LittleMap, PRIOR_HALF } from "../plots/little_map.mjs";

/** @import { Panel } from "../panel.mjs" */
/** @import { Posteriors } from "../../../browser/model/embedding.mjs" */
/** @import { LessonModel } from "../models/lesson_models.mjs" */

const [WIDTH, HEIGHT, MARGIN] = [120, 48, 5];
/** Nats at the top: the same for every model, so that their curves can be compared. */
const MOST_NATS = 60;
/** Images of each kind that are decoded. */
const DRAWN = 3;
const GENERATED = 6;
const BETWEEN = 5;

/**
 * @typedef {object} Figures
 * @property {{all: Posteriors, few: Posteriors}} mapped the images, to draw a map of
 * @property {number} reach 99 % of the images lie within this of the middle
 * @property {number} farthest |μ| of any image
 * @property {number} sigma the middle one of all
 * @property {number[]} mu of the image
 * @property {number[]} sigmas of the image
 * @property {Float32Array} drawn decoded from draws of the image's posterior
 * @property {Float32Array} generated from N(0, I), the same z for every model
 * @property {Float32Array} between on the line from the image to the next class's
 */

/**
 * Held-out less training reconstruction over the number of training images, on a log scale: a small curve.
 * @param {readonly {images: number, train: number, heldOut: number}[]} shrunk @param {string} title @param {string} hook
 */
function shrinking(shrunk, title, hook) {
  const points = shrinkingPoints(shrunk);
  return svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, class: "ls-shrinking", role: "img", "aria-label": title, "data-testid": hook },
    svg("line", { x1: MARGIN, x2: WIDTH - MARGIN, y1: HEIGHT - MARGIN, y2: HEIGHT - MARGIN, class: "ls-zero" }),
    svg("path", { d: pathOf(points), class: "ls-line ls-is-entropy" }),
    ...points.map(([cx, cy]) => svg("circle", { cx, cy, r: 2.5, class: "ls-dot ls-is-entropy" })));
}

/**
 * Where the gaps stand in the curve, in its own pixels.
 * @param {readonly {images: number, train: number, heldOut: number}[]} shrunk ascending in images
 * @returns {[number, number][]}
 */
export function shrinkingPoints(shrunk) {
  const [low, high] = [shrunk[0].images, shrunk[shrunk.length - 1].images].map(Math.log);
  return shrunk.map(({ images, train, heldOut }) => {
    const share = high > low ? (Math.log(images) - low) / (high - low) : 0;
    const gap = Math.min(1, Math.max(0, (heldOut - train) / MOST_NATS));
    return [MARGIN + share * (WIDTH - 2 * MARGIN), HEIGHT - MARGIN - gap * (HEIGHT - 2 * MARGIN)];
  });
}

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
 * @property {(panel: Panel<any>, model: LessonModel, index: number) => Cell} cell
 */

/** A sentence with numbers in it. @param {string} words with {name} where one belongs @param {Record<string, string>} numbers */
export const filled = (words, numbers) =>
  words.replace(/\{(\w+)\}/g, (whole, name) => numbers[name] ?? whole);

/** A row of sentences whose numbers are known with the model. @param {string} name @param {(model: LessonModel) => Record<string, string>} numbers @returns {Row} */
const said = (name, numbers) => ({
  name,
  cell: (panel, model, index) => ({ element: [html("p", {}, filled(panel.text(`${name}-${index}`), numbers(model)))] }),
});

/** A row of sentences whose numbers are measured. @param {string} name @param {(figures: Figures) => Record<string, string>} numbers @returns {Row} */
const measuredText = (name, numbers) => ({
  name,
  cell(panel, _model, index) {
    const [text, words] = [html("p"), panel.text(`${name}-${index}`)];
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
  cell(panel, model, index) {
    const words = filled(panel.text(`${name}-${index}`), numbers(model));
    const shown = gallery(count, model.imageShape, words, panel.hook(`${name}-images-${index}`), { columns, isTitled: false });
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
  cell(panel, model, index) {
    const map = new LittleMap(panel.data.look, panel.text(name), panel.hook(`${name}-map-${index}`), { holes: true });
    const [text, words] = [html("p"), panel.text(`${name}-${index}`)];
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
  cell(panel, { shrunk }, index) {
    const curve = shrinking(shrunk, panel.text("overfitting-curve"), panel.hook(`shrinking-${index}`));
    const ends = [shrunk[0], shrunk[shrunk.length - 1]].map(({ images, train, heldOut }) => ({
      images: grouped(images), gap: decimal(heldOut - train, 1),
    }));
    const numbers = { few: ends[0].images, fewGap: ends[0].gap, all: ends[1].images, allGap: ends[1].gap };
    return { element: [curve, html("p", {}, filled(panel.text("overfitting-cell"), numbers))] };
  },
};

/** @param {number} value */
const nats = (value) => decimal(value, 1);

/** @type {readonly Row[]} */
const ROWS = [
  mapped("latent-space", undefined, ({ reach }) => ({ reach: decimal(reach, 1) })),
  measuredText("encoder-output", ({ mu, sigmas }) => ({ mu: `(${listed(mu, 2)})`, sigma: `(${listed(sigmas, 3)})` })),
  pictured("decoder-input", DRAWN, DRAWN, ({ drawn }) => drawn),
  said("objective", ({ distortion, bound, beta }) => ({ loss: nats(beta ? bound : distortion) })),
  said("reconstruction", ({ distortion, imageShape: [channels, height, width] }) => ({
    nats: nats(distortion), pixel: decimal(distortion / (channels * height * width), 3),
  })),
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

/** An autoencoder, one with noise and a VAE, side by side: twelve things to compare, each measured on these models. */

/** @typedef {{image: number, draw: number}} Comparison image: the class of the one that is looked at */

/** @type {import("../types.mjs").Widget<Comparison>} */
export default {
  start: { image: 4, draw: 1 },
  goal: ({ draw }) => draw >= 4,
  build(panel) {
    const { state } = panel;
    const trouble = panel.text("trouble");
    const records = modelsOf(panel);
    const models = new LessonModels(records, panel.data.assets);
    const rows = ROWS.map((row) => ({ row, cells: records.map((model, index) => row.cell(panel, model, index)) }));
    const problem = html("p", { class: "ls-problem-here", role: "status" });
    const { classes } = records[0];
    panel.row("controls", slider(panel, "image", { min: 0, max: classes.length - 1, step: 1, digits: 0, said: (label) => classes[label] }),
      html("div", { class: "ls-row ls-buttons" }, button(panel, "again", () => panel.set({ draw: state.draw + 1 }))));
    panel.root.append(table(panel, records.length, rows), problem);

    const show = showingNewest(keyOf, problem, trouble, async (choice) => {
      for (const [index, model] of records.entries()) {
        const figures = await measured(models, index, model, choice);
        for (const { cells } of rows) cells[index].show?.(figures);
      }
      panel.root.dataset.shown = keyOf(choice);
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
 * @param {import("../panel.mjs").Panel<any>} panel @param {number} count
 * @param {{row: Row, cells: Cell[]}[]} rows
 */
function table(panel, count, rows) {
  const names = Array.from({ length: count }, (_, index) =>
    html("div", { role: "columnheader", class: "ls-cmp-name" }, panel.text(`model-${index}`)));
  const head = html("div", { role: "row", class: "ls-cmp-row ls-cmp-head" },
    html("div", { role: "columnheader", class: "ls-cmp-label" }, panel.text("compared")), ...names);
  const body = rows.map(({ row, cells }) => html("div", { role: "row", class: "ls-cmp-row" },
    html("div", { role: "rowheader", class: "ls-cmp-label" }, panel.text(row.name)),
    ...cells.map(({ element }, index) => {
      const cell = html("div", { role: "cell", "data-testid": panel.hook(`${row.name}-${index}`) });
      cell.append(...element);
      return cell;
    })));
  return html("div", { role: "table", "aria-label": panel.text("compared"), class: "ls-cmp" }, head, ...body);
}

/**
 * What the comparison measures of one model, on the image and with the noise that are chosen.
 * @param {LessonModels} models @param {number} index @param {LessonModel} model
 * @param {{image: number, draw: number}} choice @returns {Promise<Figures>}
 */
async function measured(models, index, model, { image, draw }) {
  const mapped = await models.map(index);
  const { all } = mapped;
  const rows = firstOfEach(all.labels, model.classes.length);
  const [mu, other] = [image, (image + 1) % rows.length].map((label) => codeOf(all.mu, rows[label]));
  const sigmas = codeOf(all.logvar, rows[image]).map((logvar) => Math.exp(logvar / 2));
  const isPoint = model.beta === null;
  const drawn = Float32Array.from(normalsFrom(draw, 2 * DRAWN), (each, place) => mu[place % 2] + (isPoint ? 0 : sigmas[place % 2] * each));
  return {
    mapped,
    ...spreadOf(all),
    mu,
    sigmas,
    drawn: await models.images(index, drawn),
    generated: await models.images(index, fromPrior(uniformFrom(1000 + draw), GENERATED)),
    between: await models.images(index, line(mu, other, BETWEEN)),
  };
}

/** @param {Float32Array} values (N, 2) @param {number} row */
const codeOf = (values, row) => [values[2 * row], values[2 * row + 1]];

/**
 * How far the codes reach, and how wide they are.
 * @param {Pick<Posteriors, "mu" | "logvar" | "count">} posteriors in a plane
 */
export function spreadOf({ mu, logvar, count }) {
  const [x, y] = [0, 1].map((dim) => Float32Array.from({ length: count }, (_, row) => mu[2 * row + dim]));
  const lengths = x.map((value, row) => Math.hypot(value, y[row]));
  const sorted = Float32Array.from(logvar).sort();
  return {
    reach: extentOf(x, y, 0.99),
    farthest: lengths.reduce((most, each) => Math.max(most, each), 0),
    sigma: Math.exp(sorted[sorted.length >> 1] / 2),
  };
}

/** Evenly spread places from one to another, both included. @param {number[]} from @param {number[]} to @param {number} count */
export function line(from, to, count) {
  return Float32Array.from({ length: 2 * count }, (_, place) => {
    const share = Math.floor(place / 2) / (count - 1);
    return from[place % 2] + share * (to[place % 2] - from[place % 2]);
  });
}
