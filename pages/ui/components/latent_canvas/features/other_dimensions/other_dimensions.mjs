import { decimal, latentName } from "../../../../browser/lib/format.mjs";
import { listen } from "../../../../browser/lib/pointer.mjs";
import { INACTIVE_NATS } from "../../../../browser/lib/contract.mjs";

/** @import { CanvasData } from "../../../../browser/lib/contract.mjs" */
/** @import { HandleSet } from "../../shared/handle_set.mjs" */
/** @import { Feature, FeatureEvents } from "../../features.mjs" */
/** @import { CanvasDom } from "../../../../browser/map/canvas_dom.mjs" */

const REACH = 4;

/**
 * Which dimensions get a slider, the most informative first, and which of them are folded away.
 * @param {number} latentDim @param {readonly number[]} shown on the map @param {readonly number[] | null} klPerDim nats
 * @returns {{active: number[], inactive: number[]}}
 */
export function slidersFor(latentDim, shown, klPerDim) {
  const others = Array.from({ length: latentDim }, (_, each) => each).filter((each) => !shown.includes(each));
  if (!klPerDim) return { active: others, inactive: [] };
  others.sort((a, b) => klPerDim[b] - klPerDim[a]);
  return {
    active: others.filter((each) => klPerDim[each] >= INACTIVE_NATS),
    inactive: others.filter((each) => klPerDim[each] < INACTIVE_NATS),
  };
}

/** A slider for each dimension that the map does not show: they move the active handle. @implements {Feature} */
export class OtherDimensions {
  /** @param {CanvasDom} dom @param {CanvasData} data @param {HandleSet} handleSet @param {FeatureEvents} events */
  constructor({ otherDimensions: box }, { latentDim, dims, plane, klPerDim }, handleSet, events) {
    this.box = box;
    this.klPerDim = klPerDim;
    this.handleSet = handleSet;
    this.events = events;
    /** @type {Map<number, {input: HTMLInputElement, value: HTMLElement}>} */
    this.sliders = new Map();
    /** @type {(() => void)[]} */
    this.stops = [];
    const { active, inactive } = slidersFor(latentDim, plane === "dims" ? dims : [], klPerDim);
    box.replaceChildren();
    if (active.length || inactive.length) box.append(this.#heading(), this.#list(active));
    if (inactive.length) box.append(this.#folded(inactive));
    this.onActivate();
  }

  #heading() {
    const heading = document.createElement("p");
    heading.className = "ls-other-dimensions-title";
    const reset = document.createElement("button");
    reset.type = "button";
    reset.textContent = "Set to 0";
    reset.title = "All of these to the prior's mean";
    const stop = listen(reset, { click: (/** @type {Event} */ event) => this.#reset(event.timeStamp) });
    this.stops.push(stop);
    heading.append("Other dimensions", reset);
    return heading;
  }

  /** @param {readonly number[]} dimensions */
  #list(dimensions) {
    const list = document.createElement("div");
    list.className = "ls-other-dimensions-list";
    list.append(...dimensions.map((dimension) => this.#slider(dimension)));
    return list;
  }

  /** @param {readonly number[]} dimensions */
  #folded(dimensions) {
    const folded = document.createElement("details");
    const summary = document.createElement("summary");
    summary.textContent = `${dimensions.length} inactive`;
    folded.append(summary, this.#list(dimensions));
    return folded;
  }

  /** @param {number} dimension */
  #slider(dimension) {
    const label = document.createElement("label");
    const input = document.createElement("input");
    const value = document.createElement("span");
    const name = latentName(dimension);
    Object.assign(input, { type: "range", min: -REACH, max: REACH, step: 0.01, value: 0 });
    input.dataset.testid = `dimension-${dimension}`;
    if (this.klPerDim) label.title = `${name} carries ${decimal(this.klPerDim[dimension], 2)} nats of KL`;
    this.stops.push(
      listen(input, {
        input: (/** @type {Event} */ event) => this.#change(dimension, Number(input.value), event.timeStamp),
        change: () => this.events.onRelease(),
      }),
    );
    this.sliders.set(dimension, { input, value });
    label.append(name, input, value);
    return label;
  }

  /** @param {number} dimension @param {number} value @param {number} timeStamp */
  #change(dimension, value, timeStamp) {
    this.#write(dimension, value);
    this.handleSet.turn(dimension, value, timeStamp);
  }

  /** @param {number} timeStamp */
  #reset(timeStamp) {
    for (const dimension of this.sliders.keys()) this.#change(dimension, 0, timeStamp);
    this.events.onRelease();
  }

  onRest() {
    this.onActivate();
  }

  /** Show where the active handle is. */
  onActivate() {
    const { z } = this.handleSet.members[this.handleSet.active];
    for (const dimension of this.sliders.keys()) this.#write(dimension, z[dimension]);
  }

  /** @param {number} dimension @param {number} coordinate */
  #write(dimension, coordinate) {
    const { input, value } = /** @type {{input: HTMLInputElement, value: HTMLElement}} */ (this.sliders.get(dimension));
    const reach = String(Math.max(REACH, Math.abs(coordinate)));
    if (input.max !== reach) Object.assign(input, { min: `-${reach}`, max: reach });
    if (Number(input.value) !== coordinate) input.value = String(coordinate);
    value.textContent = decimal(coordinate, 2);
  }

  destroy() {
    for (const stop of this.stops) stop();
    this.box.replaceChildren();
  }
}
