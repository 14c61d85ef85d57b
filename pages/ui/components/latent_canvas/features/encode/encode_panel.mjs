import { decimal, latentName } from "../../../../browser/lib/format.mjs";
import { ImageSources } from "./image_sources.mjs";
import { DrawPad, padTools } from "./pad.mjs";
import { painter } from "../../../../browser/media/painter.mjs";
import { listen } from "../../../../browser/lib/pointer.mjs";
import { dimensionsOf, isPoint } from "../../../../browser/model/posterior.mjs";

/** @import { CanvasData } from "../../../../browser/lib/contract.mjs" */
/** @import { Encoded } from "./encoding.mjs" */
/** @import { Dimension } from "../../../../browser/model/posterior.mjs" */

/**
 * @typedef {object} PanelEvents
 * @property {(image: Float32Array, timeStamp: number) => void} onDraw by a hand
 * @property {(image: Float32Array, note: string) => void} onImage from elsewhere, as the encoder sees it
 * @property {(error: unknown) => void} onError
 * @property {() => void} onResample
 * @property {() => void} onMean
 * @property {() => void} onPut the active handle at the mean
 * @property {(label: number) => void} onClass encoder and decoder shall be given another class
 * @property {() => boolean} isOpen
 */

const DIGITS = 7;

/** What can be encoded, and what came of it: pad, images, figures, and the posterior dimension by dimension. */
export class EncodePanel {
  /** @param {HTMLElement} element @param {CanvasData} data @param {PanelEvents} events */
  constructor(element, data, events) {
    this.element = element;
    this.data = data;
    this.events = events;
    const { imageShape: shape } = data;
    const pad = /** @type {HTMLCanvasElement} */ (this.#part(".ls-pad"));
    this.pad = new DrawPad(pad, { shape, label: "Draw an image to encode", onChange: events.onDraw });
    pad.parentElement?.append(padTools(this.pad));
    this.sources = new ImageSources(element, { shape, inkShare: data.inkShare }, events);
    this.original = painter(this.#canvas(".ls-original"), shape);
    this.reconstruction = painter(this.#canvas(".ls-reconstruction"), shape);
    this.difference = painter(this.#canvas(".ls-difference"), [3, shape[1], shape[2]]);
    this.note = this.#part(".ls-encode-note");
    this.section = this.#part(".ls-posterior");
    this.facts = this.#part(".ls-encode-facts");
    this.putButton = this.#part(".ls-put");
    this.table = new PosteriorTable(this.#part(".ls-dimensions"));
    this.select = /** @type {HTMLSelectElement} */ (this.#part(".ls-told select"));
    this.select.append(...data.listedClasses.map((name, index) => new Option(name, String(index))));
    this.stops = this.#listen();
  }

  /** @param {string} selector @returns {HTMLElement} */
  #part(selector) {
    return /** @type {HTMLElement} */ (this.element.querySelector(selector));
  }

  /** @param {string} selector */
  #canvas(selector) {
    return /** @type {HTMLCanvasElement} */ (this.#part(selector));
  }

  #listen() {
    const { onResample, onMean, onPut, onClass } = this.events;
    return [
      listen(this.#part(".ls-resample"), { click: onResample }),
      listen(this.#part(".ls-to-mean"), { click: onMean }),
      listen(this.putButton, { click: onPut }),
      listen(this.select, { change: () => onClass(Number(this.select.value)) }),
    ];
  }

  /** @param {string} sentence */
  say(sentence) {
    if (this.note.textContent !== sentence) this.note.textContent = sentence;
  }

  /** @param {number} label the class that is given now @param {boolean} canChange */
  showClass(label, canChange) {
    /** @type {HTMLElement} */ (this.select.parentElement).hidden = !this.data.isConditional;
    this.select.value = String(label);
    this.select.disabled = !canChange;
  }

  /** @param {Encoded} encoded */
  show({ image, posterior, z, reconstruction, nats }) {
    const [isSure, { active, inactive, kl }] = [isPoint(posterior), dimensionsOf(posterior, z)];
    this.#paint(image, reconstruction?.image ?? null);
    this.table.show(active, inactive, isSure);
    this.#write("reconstruction", nats);
    this.#write("kl", isSure ? null : kl);
    this.#write("elbo", nats === null || isSure ? null : nats + kl);
    for (const button of [".ls-resample", ".ls-to-mean"]) this.#part(button).hidden = isSure;
    this.#part(".ls-to-mean").toggleAttribute("disabled", z === posterior.mu);
    this.#hook([...active, ...inactive].sort((one, other) => one.dimension - other.dimension), nats);
    this.section.hidden = this.facts.hidden = false;
  }

  /** For tests and the browser's console. @param {ReturnType<typeof dimensionsOf>["active"]} dimensions @param {number | null} nats */
  #hook(dimensions, nats) {
    const { dataset } = this.section;
    for (const name of /** @type {const} */ (["mu", "sigma", "kl", "z"])) {
      dataset[name] = dimensions.map((each) => String(Number(each[name].toPrecision(DIGITS)))).join(",");
    }
    dataset.reconstruction = nats === null ? "" : String(nats);
  }

  /** @param {Float32Array | null} image @param {Float32Array | null} made */
  #paint(image, made) {
    if (image) this.original(image);
    if (made) this.reconstruction(made);
    if (image && made) this.difference(differenceImage(image, made, this.data.imageShape), 255);
    const shown = { original: image, reconstruction: made, difference: image && made };
    for (const [name, value] of Object.entries(shown)) this.#part(`.ls-${name}`).toggleAttribute("data-shown", !!value);
  }

  /** @param {string} fact @param {number | null} nats */
  #write(fact, nats) {
    this.#part(`[data-fact="${fact}"]`).textContent = nats === null ? "–" : `${decimal(nats, 2)} nats`;
  }

  /** Nothing is encoded. */
  clear() {
    this.section.hidden = this.facts.hidden = true;
    this.#paint(null, null);
  }

  destroy() {
    for (const stop of this.stops) stop();
    this.sources.destroy();
    this.pad.destroy();
  }
}

/** What a reconstruction adds and what it lacks, in two colours that nobody confuses. Pure. */

/** Red, green, blue, 0 to 1, of the full difference. */
const ADDED = [0.98, 0.57, 0.24];
const LACKING = [0.38, 0.65, 0.98];

/**
 * The difference in brightness: orange where the reconstruction is brighter, blue where it is darker, black where the
 * two agree.
 * @param {ArrayLike<number>} original C·H·W, 0 to 1 @param {ArrayLike<number>} reconstruction the same
 * @param {readonly [number, number, number]} shape (C, H, W)
 * @returns {Float32Array} 3·H·W, 0 to 1
 */
export function differenceImage(original, reconstruction, [channels, height, width]) {
  const pixels = height * width;
  const image = new Float32Array(3 * pixels);
  for (let index = 0; index < pixels; index++) {
    let difference = 0;
    for (let from = index; from < channels * pixels; from += pixels) difference += reconstruction[from] - original[from];
    const color = difference > 0 ? ADDED : LACKING;
    for (let channel = 0; channel < 3; channel++) {
      image[channel * pixels + index] = (color[channel] * Math.abs(difference)) / channels;
    }
  }
  return image;
}

/** @type {[title: string, help: string, text: (dimension: Dimension) => string, ofPoints: boolean][]} */
const COLUMNS = [
  ["", "", ({ dimension }) => latentName(dimension), true],
  ["μ", "The posterior's mean", ({ mu }) => decimal(mu, 2), true],
  ["σ", "Its standard deviation: the ellipse's half-width", ({ sigma }) => decimal(sigma, 3), false],
  ["log σ²", "What the encoder's last layer gives", ({ logvar }) => decimal(logvar, 2), false],
  ["KL", "How much this dimension says about the image, in nats", ({ kl }) => decimal(kl, 2), false],
  ["z", "What is decoded: the mean, or a draw", ({ z }) => decimal(z, 2), false],
];

/** The posterior dimension by dimension, most KL first; what says nothing is folded away. */
class PosteriorTable {
  /** @param {HTMLElement} box */
  constructor(box) {
    this.active = new Rows();
    this.inactive = new Rows();
    this.folded = document.createElement("details");
    this.summary = document.createElement("summary");
    this.folded.append(this.summary, this.inactive.table);
    this.active.table.setAttribute("aria-label", "The posterior, dimension by dimension");
    this.inactive.table.setAttribute("aria-label", "Inactive dimensions of the posterior");
    box.replaceChildren(this.active.table, this.folded);
  }

  /** @param {Dimension[]} active @param {Dimension[]} inactive @param {boolean} isPoint whether there is a mean only */
  show(active, inactive, isPoint) {
    this.active.show(active, isPoint);
    this.inactive.show(inactive, isPoint);
    this.folded.hidden = !inactive.length;
    this.summary.textContent = `${inactive.length} inactive`;
  }
}

/** A table whose rows stay: while somebody draws, they change with every frame. */
class Rows {
  constructor() {
    this.table = document.createElement("table");
    this.table.className = "ls-posterior-table";
    const head = this.table.createTHead().insertRow();
    for (const [title, help] of COLUMNS) {
      const cell = document.createElement(title ? "th" : "td");
      Object.assign(cell, { textContent: title, title: help, scope: "col" });
      head.append(cell);
    }
    this.body = this.table.createTBody();
  }

  /** @param {Dimension[]} dimensions @param {boolean} isPoint */
  show(dimensions, isPoint) {
    this.table.hidden = !dimensions.length;
    this.table.toggleAttribute("data-point", isPoint);
    while (this.body.rows.length > dimensions.length) this.body.deleteRow(-1);
    while (this.body.rows.length < dimensions.length) this.#add();
    dimensions.forEach((dimension, index) => {
      COLUMNS.forEach(([, , text, ofPoints], column) => {
        this.body.rows[index].cells[column].textContent = isPoint && !ofPoints ? "–" : text(dimension);
      });
    });
  }

  #add() {
    const row = this.body.insertRow();
    COLUMNS.forEach((_, column) => {
      const cell = document.createElement(column ? "td" : "th");
      if (!column) cell.setAttribute("scope", "row");
      row.append(cell);
    });
  }
}
