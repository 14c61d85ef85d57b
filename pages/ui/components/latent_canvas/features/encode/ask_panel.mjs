import { html } from "../../../../browser/lib/dom.mjs";
import { decimal, grouped, percent } from "../../../../browser/lib/format.mjs";
import { listen } from "../../../../browser/lib/pointer.mjs";
import { painter } from "../../../../browser/media/painter.mjs";

/** @import { CanvasData } from "../../../../browser/lib/contract.mjs" */
/** @import { Answer } from "./answers.mjs" */
/** @import { DrawPad } from "./pad.mjs" */

/**
 * @typedef {object} AskPanelEvents
 * @property {(isOn: boolean) => void} onTurn asking is turned on or off
 * @property {(isOn: boolean) => void} onClasses whether classes are to be told apart
 */

/** Of very many the most likely. */
const MOST_CLASSES = 10;
/** Beside their average. */
export const DRAWS = 5;
/** Fewer independent draws tell too little. */
export const TOO_FEW = 20;
const TOO_FEW_TEXT = "Too few of the draws fit for the picture to be trusted: take it as examples, not as a probability.";

/** What is beside the pad while it is asked with a brush: its size, completions, and what is known of them. */
export class AskPanel {
  /** @param {HTMLElement} box the whole tab @param {CanvasData} data @param {DrawPad} pad @param {AskPanelEvents} events */
  constructor(box, data, pad, { onTurn, onClasses }) {
    this.box = box;
    this.pad = pad;
    this.button = this.#part(".ls-ask");
    this.section = this.#part(".ls-asked");
    this.width = /** @type {HTMLInputElement} */ (this.#part(".ls-brush-width"));
    this.note = this.#part(".ls-asked-note");
    this.tiles = ["Average", ...Array.from({ length: DRAWS }, (_, nth) => `Draw ${nth + 1}`)].map((name) => this.#tile(name, data));
    this.which = this.#part(".ls-which");
    this.which.hidden = !data.isConditional;
    this.classes = this.#part(".ls-asked-classes");
    this.names = data.classes;
    this.width.value = String(Math.round(100 * pad.penWidth));
    this.stops = [
      listen(this.button, { click: () => onTurn(!this.isOn) }),
      listen(this.width, { input: () => (pad.penWidth = Number(this.width.value) / 100) }),
      listen(this.which, { click: () => this.#turnClasses(onClasses) }),
      listen(this.#part(".ls-hide-half"), { click: () => pad.hideBelow(Math.ceil(data.imageShape[1] / 2)) }),
    ];
  }

  get isOn() {
    return this.button.getAttribute("aria-pressed") === "true";
  }

  /** @param {string} selector @returns {HTMLElement} */
  #part(selector) {
    return /** @type {HTMLElement} */ (this.box.querySelector(selector));
  }

  /** @param {string} name @param {CanvasData} data */
  #tile(name, { imageShape }) {
    const canvas = html("canvas", { role: "img", "aria-label": `${name} of what may be hidden` });
    this.#part(".ls-completions").append(html("figure", { class: "ls-generated" }, canvas, html("figcaption", {}, name)));
    return { canvas, paint: painter(canvas, imageShape) };
  }

  /** Whether classes are told apart. */
  get hasClasses() {
    return this.which.getAttribute("aria-pressed") === "true";
  }

  /** @param {(isOn: boolean) => void} onClasses */
  #turnClasses(onClasses) {
    this.which.setAttribute("aria-pressed", String(!this.hasClasses));
    this.classes.hidden = !this.hasClasses;
    onClasses(this.hasClasses);
  }

  /** @param {readonly number[]} shares by class, adding up to 1 */
  showClasses(shares) {
    const order = shares.map((_, label) => label).sort((one, other) => shares[other] - shares[one]);
    this.classes.replaceChildren(...order.slice(0, MOST_CLASSES).map((label) => {
      const bar = html("span", { class: "ls-class-bar", "aria-hidden": "true" });
      bar.style.width = `${100 * shares[label]}%`;
      return html("li", {}, html("span", {}, this.names[label] ?? ""), html("span", { class: "ls-class-track" }, bar), html("span", {}, percent(shares[label])));
    }));
    this.classes.dataset.shares = shares.map((share) => share.toPrecision(4)).join();
  }

  /** @param {boolean} isOn */
  turn(isOn) {
    this.button.setAttribute("aria-pressed", String(isOn));
    this.box.classList.toggle("ls-asking", isOn);
    this.section.hidden = !isOn;
    this.pad.ask(isOn);
    const inks = /** @type {NodeListOf<HTMLElement>} */ (this.box.querySelectorAll(".ls-pad-ink"));
    inks[isOn ? inks.length - 1 : 0]?.click(); // begin by rubbing out; back among drawings, by drawing
  }

  /** @param {Float32Array[]} images their average, then draws */
  paint(images) {
    this.tiles.forEach(({ canvas, paint }, nth) => {
      paint(images[nth]);
      canvas.toggleAttribute("data-shown", true);
    });
  }

  /** @param {Answer} answer */
  tell({ effective, count, logEvidence }) {
    this.#write("surprise", `${decimal(-logEvidence, 1)} nats`);
    this.#write("effective", effective === null ? "" : `${effective < 10 ? decimal(effective, 1) : grouped(effective)} of ${grouped(count)}`);
    this.section.dataset.effective = effective === null ? "all" : String(effective);
    this.say(effective !== null && effective < TOO_FEW ? TOO_FEW_TEXT : "");
  }

  /** @param {string} name @param {string} text "" where there is nothing to say */
  #write(name, text) {
    const value = this.#part(`[data-asked="${name}"]`);
    value.textContent = text;
    /** @type {HTMLElement} */ (value.parentElement).hidden = !text;
  }

  /** @param {string} sentence */
  say(sentence) {
    if (this.note.textContent !== sentence) this.note.textContent = sentence;
  }

  destroy() {
    for (const stop of this.stops) stop();
  }
}
