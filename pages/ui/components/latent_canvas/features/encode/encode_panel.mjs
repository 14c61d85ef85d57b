import { decimal } from "../../../../browser/lib/format.mjs";
import { differenceImage } from "./difference.mjs";
import { ImageSources } from "./image_sources.mjs";
import { DrawPad } from "./pad.mjs";
import { padTools } from "./pad_tools.mjs";
import { painter } from "../../../../browser/media/painter.mjs";
import { listen } from "../../../../browser/lib/pointer.mjs";
import { dimensionsOf, isPoint } from "../../../../browser/model/posterior.mjs";
import { PosteriorTable } from "./posterior_table.mjs";

/** @import { CanvasData } from "../../../../browser/lib/types.mjs" */
/** @import { Encoded } from "./encoding.mjs" */

/**
 * @typedef {object} PanelEvents
 * @property {(image: Float32Array, timeStamp: number) => void} drawn by a hand
 * @property {(image: Float32Array, note: string) => void} brought from elsewhere, as the encoder sees it
 * @property {(error: unknown) => void} failed
 * @property {() => void} resample
 * @property {() => void} toMean
 * @property {() => void} put the active handle at the mean
 * @property {(label: number) => void} told encoder and decoder shall be told another class
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
    this.pad = new DrawPad(pad, { shape, label: "Draw an image to encode", onChange: events.drawn });
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
    this.select.append(...data.classes.map((name, at) => new Option(name, String(at))));
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
    const { resample, toMean, put, told } = this.events;
    return [
      listen(this.#part(".ls-resample"), { click: resample }),
      listen(this.#part(".ls-to-mean"), { click: toMean }),
      listen(this.putButton, { click: put }),
      listen(this.select, { change: () => told(Number(this.select.value)) }),
    ];
  }

  /** @param {string} sentence */
  say(sentence) {
    if (this.note.textContent !== sentence) this.note.textContent = sentence;
  }

  /** @param {number} label the class that is told now @param {boolean} canChange */
  tellClass(label, canChange) {
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

  /** For tests and the curious. @param {ReturnType<typeof dimensionsOf>["active"]} dimensions @param {number | null} nats */
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
