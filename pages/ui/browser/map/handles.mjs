import { decimal, hookText } from "../lib/format.mjs";
import { clampPixels, isInside, tidy, toLatent, toPixels } from "../maths/coordinates.mjs";
import { ownPlace } from "../lib/own_pixels.mjs";
import { draggable, listen } from "../lib/pointer.mjs";

/** @import { Point } from "../lib/types.mjs" */
/** @import { View } from "../maths/coordinates.mjs" */

/**
 * @typedef {object} HandleEvents
 * @property {() => View} view
 * @property {(index: number) => Point} position on the map
 * @property {(index: number) => boolean} [isThere] whether that is its very place
 * @property {(index: number) => string} label "Handle 1"
 * @property {() => string[]} names of the coordinates that can be changed: one on a line, else two
 * @property {(index: number) => void} onRemove by the Delete key
 * @property {(index: number) => void} onGrab
 * @property {(index: number, z: Point, timeStamp?: number) => void} onMove timeStamp: of the pointer event behind it, none for a key
 * @property {(index: number) => void} onRelease after a drag, or when the keys have come to rest
 * @property {(event: WheelEvent) => void} onWheel
 */

/** The numbered rings on the map: where they stand, how they are dragged and typed. */
export class Handles {
  /**
   * @param {HTMLElement[]} elements @param {HandleEvents} events
   * @param {number} [reach] half of the map's width, in units of z
   */
  constructor(elements, events, reach = 4) {
    this.elements = elements;
    this.events = events;
    this.dragged = -1;
    this.reach = reach;
    this.sliders = elements.map((element, index) => this.#slider(element, index));
    this.stops = elements.flatMap((element, index) => [
      draggable(element, this.#dragging(index)),
      listen(element, { wheel: events.onWheel }, { passive: false }),
      listen(element, { keydown: (/** @type {KeyboardEvent} */ { key }) => key === "Delete" && events.onRemove(index) }),
    ]);
  }

  get isDragging() {
    return this.dragged >= 0;
  }

  /**
   * Put a handle where its position is in the present view; outside it, at the edge, and looking so, as wherever it
   * is only near.
   * @param {number} index
   */
  moveRing(index) {
    const [element, view, z] = [this.elements[index], this.events.view(), this.events.position(index)];
    const wanted = toPixels(view, z);
    const [px, py] = clampPixels(view, wanted);
    element.style.transform = `translate(${px}px, ${py}px)`;
    element.dataset.z = hookText(z);
    const isOutside = !isInside(view, wanted) || this.events.isThere?.(index) === false;
    if (isOutside !== element.hasAttribute("data-outside")) element.toggleAttribute("data-outside", isOutside);
    if (!this.isDragging) this.sliders[index].show(z, this.reach);
  }

  moveRings() {
    this.elements.forEach((_, index) => this.moveRing(index));
  }

  /** @param {number} active */
  activate(active) {
    this.elements.forEach((element, index) => element.classList.toggle("ls-active", index === active));
  }

  /** @param {number} index @returns {import("../lib/pointer.mjs").Dragging} */
  #dragging(index) {
    /** @type {Point} */
    let start = [0, 0];
    const { events } = this;
    return {
      grab: () => {
        this.dragged = index;
        start = clampPixels(events.view(), toPixels(events.view(), events.position(index)));
        this.elements[index].classList.add("ls-held");
        this.elements[index].querySelector("input")?.focus({ preventScroll: true });
        events.onGrab(index);
      },
      move: (dx, dy, event) => {
        const view = events.view();
        const z = toLatent(view, clampPixels(view, [start[0] + dx, start[1] + dy]));
        events.onMove(index, z, event.timeStamp);
      },
      drop: () => {
        this.dragged = -1;
        this.elements[index].classList.remove("ls-held");
        this.sliders[index].show(events.position(index), this.reach);
        events.onRelease(index);
      },
    };
  }

  /** @param {HTMLElement} element @param {number} index */
  #slider(element, index) {
    const inputs = [...element.querySelectorAll("input")];
    const { events } = this;
    return slider2d(inputs, {
      names: events.names,
      label: (axis) => `${events.label(index)}, ${events.names()[axis]}`,
      nudge: ([dx, dy]) => {
        const [x, y] = events.position(index);
        events.onGrab(index);
        events.onMove(index, [tidy(x + dx), tidy(y + dy)]);
      },
      settle: () => events.onRelease(index),
    });
  }

  destroy() {
    for (const slider of this.sliders) slider.stop();
    for (const stop of this.stops) stop();
  }
}

/** The rings of a map's handles, for a picture of it. @param {HTMLElement} handles @returns {import("./picture.mjs").Ring[]} */
export function ringsOf(handles) {
  return [.../** @type {NodeListOf<HTMLElement>} */ (handles.querySelectorAll(".ls-handle:not([hidden])"))].map((element) => {
    const { left, top, width, height } = element.getBoundingClientRect();
    const [x, y] = ownPlace(handles, { clientX: left + width / 2, clientY: top + height / 2 });
    return {
      x,
      y,
      number: element.querySelector(".ls-ring")?.textContent ?? "",
      name: element.querySelector(".ls-tag")?.textContent ?? "",
      isActive: element.classList.contains("ls-active"),
    };
  });
}

const STEP = 0.05;
const FAR = 0.5;
const SETTLE_MS = 400;

/** @type {Record<string, Point>} */
const DIRECTIONS = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, 1],
  ArrowDown: [0, -1],
  Home: [-1, 0],
  End: [1, 0],
  PageUp: [0, 1],
  PageDown: [0, -1],
};

/**
 * How far a key moves a handle, in units of z: arrows a step, with Shift or by Page, Home and End ten.
 * @param {{key: string, shiftKey: boolean}} event
 * @returns {Point | null} null for every other key
 */
export function keyMove({ key, shiftKey }) {
  const direction = DIRECTIONS[key];
  if (!direction) return null;
  const size = shiftKey || !key.startsWith("Arrow") ? FAR : STEP;
  return [direction[0] * size, direction[1] * size];
}

/**
 * Two native range inputs that act as one 2-D slider. Only one of them is a tab stop at a time.
 *
 * @param {HTMLInputElement[]} inputs for the first and the second shown dimension
 * @param {object} slider
 * @param {(axis: number) => string} slider.label
 * @param {() => string[]} slider.names of the coordinates that it changes: two, or the first alone; they may be others later
 * @param {(change: Point) => void} slider.nudge
 * @param {() => void} slider.settle some time after the last key, or when focus leaves
 * @returns {{show: (z: Point, reach: number) => void, stop: () => void}}
 */
function slider2d(inputs, { label, names, nudge, settle }) {
  /** @type {Point} */
  let current = [0, 0];
  const settling = settledLater(settle);
  /** @param {Point} change */
  const changeBy = (change) => {
    nudge(change);
    settling.later();
  };
  const keydown = keysOf(inputs, changeBy);
  /** @param {FocusEvent} event */
  const blur = ({ relatedTarget }) => {
    if (!inputs.some((element) => element === relatedTarget)) settling.now();
  };
  // Screen readers may set a range input's value by themselves, without any key.
  const input = () => changeBy([Number(inputs[0].value) - current[0], Number(inputs[1].value) - current[1]]);
  const stops = inputs.map((element, axis) => {
    element.tabIndex = axis === 0 ? 0 : -1;
    return listen(element, { keydown, input, blur });
  });
  return {
    show(z, reach) {
      current = z;
      inputs.forEach((element, axis) => {
        element.hidden = axis >= names().length;
        element.setAttribute("aria-label", label(axis));
      });
      const text = names().map((name, axis) => `${name} ${decimal(z[axis], 2)}`).join(", ");
      inputs.forEach((element, axis) => showValue(element, z[axis], reach, text));
    },
    stop() {
      settling.cancel();
      stops.forEach((stop) => stop());
    },
  };
}

/** Something to be done once, some time after the last change: or at once, if it is still to be done. @param {() => void} settle */
function settledLater(settle) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  const cancel = () => {
    clearTimeout(timer);
    timer = undefined;
  };
  const now = () => {
    if (timer === undefined) return;
    cancel();
    settle();
  };
  const later = () => {
    clearTimeout(timer);
    timer = setTimeout(now, SETTLE_MS);
  };
  return { now, later, cancel };
}

/** What a key does: its axis takes the focus, and the handle moves. @param {HTMLInputElement[]} inputs @param {(change: Point) => void} changeBy */
function keysOf(inputs, changeBy) {
  return (/** @type {KeyboardEvent} */ event) => {
    const change = event.altKey || event.ctrlKey || event.metaKey ? null : keyMove(event);
    if (!change) return;
    event.preventDefault();
    const axis = change[0] ? 0 : 1;
    if (inputs[axis].hidden) return; // a handle on a line goes neither up nor down
    focusAxis(inputs, axis);
    changeBy(change);
  };
}

/** @param {HTMLInputElement} element @param {number} value @param {number} reach @param {string} text */
function showValue(element, value, reach, text) {
  element.min = String(-Math.max(reach, Math.abs(value)));
  element.max = String(Math.max(reach, Math.abs(value)));
  element.step = "any";
  element.value = String(value);
  element.setAttribute("aria-valuetext", text);
}

/** The input of the axis that moves takes the focus, so that the change is announced under its name. */
function focusAxis(/** @type {HTMLInputElement[]} */ inputs, /** @type {number} */ axis) {
  inputs[axis].tabIndex = 0;
  inputs[axis].focus({ preventScroll: true });
  inputs[1 - axis].tabIndex = -1;
}
