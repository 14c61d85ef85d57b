import { listen } from "../lib/pointer.mjs";
import { clamp } from "../maths/coordinates.mjs";
import { numberText } from "./column.mjs";

/** @import { Column } from "./column.mjs" */
/** @import { Limits } from "./marks.mjs" */

/** Places of each end of what is shown, of numbers that lie closer than this many steps apart. */
const STOPS = 200;

/** What the shades of a map mean: a bar with two ends that can be moved, and only what lies between them is on the map. */
export class ScaleLegend {
  /** @param {HTMLElement} element @param {Column} column of numbers @param {Limits} limits @param {() => void} onChange */
  constructor(element, column, limits, onChange) {
    this.column = column;
    this.onChange = onChange;
    const [least, most] = column.range;
    this.stops = column.step === 1 && most - least <= STOPS ? Math.max(1, most - least) : STOPS;
    this.bar = document.createElement("div");
    this.bar.className = "ls-scale-bar";
    this.inputs = [limits.from, limits.to].map((limit, end) => this.#input(end, limit));
    this.texts = this.inputs.map(() => document.createElement("span"));
    this.bar.append(...this.inputs);
    element.replaceChildren(this.texts[0], this.bar, this.texts[1]);
    this.stop = listen(this.bar, { input: (event) => this.#moved(this.inputs.indexOf(/** @type {HTMLInputElement} */ (event.target))) });
    this.#write();
  }

  /** @param {number} end 0 for the lower @param {number} limit */
  #input(end, limit) {
    const [least, most] = this.column.range;
    const place = Math.round((this.stops * (limit - least)) / (most - least || 1));
    const input = document.createElement("input");
    Object.assign(input, { type: "range", min: "0", max: String(this.stops), step: "1" });
    input.value = String(Number.isFinite(limit) ? clamp(place, 0, this.stops) : end * this.stops);
    input.dataset.testid = end ? "scale-to" : "scale-from";
    input.title = "Only points between the two ends are on the map";
    return input;
  }

  get #places() {
    return this.inputs.map(({ value }) => Number(value));
  }

  /** @returns {Limits} */
  get limits() {
    const [from, to] = this.#places;
    return { from: from === 0 ? -Infinity : this.#valueAt(from), to: to === this.stops ? Infinity : this.#valueAt(to) };
  }

  /** @param {number} place */
  #valueAt(place) {
    const [least, most] = this.column.range;
    return least + ((most - least) * place) / this.stops;
  }

  /** The ends do not pass each other. @param {number} end */
  #moved(end) {
    const [from, to] = this.#places;
    if (from > to) this.inputs[end].value = String(end ? from : to);
    this.#write();
    this.onChange();
  }

  #write() {
    const { column } = this;
    this.#places.forEach((place, end) => {
      const text = numberText(column, this.#valueAt(place));
      const isAtEnd = place === end * this.stops;
      this.texts[end].textContent = isAtEnd && column.beyond[end] ? `${end ? "≥" : "≤"} ${text}` : text;
      this.inputs[end].setAttribute("aria-label", `${column.name} ${end ? "to" : "from"}`);
      this.inputs[end].setAttribute("aria-valuetext", text);
    });
    const [from, to] = this.#places.map((place) => `${(100 * place) / this.stops}%`);
    this.bar.style.setProperty("--ls-from", from);
    this.bar.style.setProperty("--ls-to", to);
    this.inputs[0].style.zIndex = this.#places[0] > this.stops / 2 ? "2" : "1"; // at one end both can still be moved apart
  }

  /** @param {readonly string[]} colors from little to much */
  dress(colors) {
    this.bar.style.setProperty("--ls-shades", `linear-gradient(to right, ${colors.join(", ")})`);
  }

  destroy() {
    this.stop();
  }
}
