import { hookText } from "../lib/format.mjs";
import { clampPixels, isInside, tidy, toLatent, toPixels } from "../maths/coordinates.mjs";
import { slider2d } from "./keyboard.mjs";
import { draggable, listen } from "../lib/pointer.mjs";

/** @import { Point } from "../lib/types.mjs" */
/** @import { View } from "../maths/coordinates.mjs" */

/**
 * @typedef {object} HandleEvents
 * @property {() => View} view
 * @property {(at: number) => Point} position on the map
 * @property {(at: number) => boolean} [isThere] whether that is its very place
 * @property {(at: number) => string} label "Handle 1"
 * @property {() => string[]} names of the map's axes
 * @property {(at: number) => void} removed by the Delete key
 * @property {(at: number) => void} grabbed
 * @property {(at: number, z: Point, timeStamp?: number) => void} moved timeStamp: of the pointer event behind it, none for a key
 * @property {(at: number) => void} released after a drag, or when the keys have come to rest
 * @property {(event: WheelEvent) => void} wheel
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
    this.sliders = elements.map((element, at) => this.#slider(element, at));
    this.stops = elements.flatMap((element, at) => [
      draggable(element, this.#dragging(at)),
      listen(element, { wheel: events.wheel }, { passive: false }),
      listen(element, { keydown: (/** @type {KeyboardEvent} */ { key }) => key === "Delete" && events.removed(at) }),
    ]);
  }

  get isDragging() {
    return this.dragged >= 0;
  }

  /**
   * Put a handle where its position is in the present view; outside it, at the edge, and looking so, as wherever it
   * is only near.
   * @param {number} at
   */
  place(at) {
    const [element, view, z] = [this.elements[at], this.events.view(), this.events.position(at)];
    const wanted = toPixels(view, z);
    const [px, py] = clampPixels(view, wanted);
    element.style.transform = `translate(${px}px, ${py}px)`;
    element.dataset.z = hookText(z);
    const isOutside = !isInside(view, wanted) || this.events.isThere?.(at) === false;
    if (isOutside !== element.hasAttribute("data-outside")) element.toggleAttribute("data-outside", isOutside);
    if (!this.isDragging) this.sliders[at].show(z, this.reach);
  }

  placeAll() {
    this.elements.forEach((_, at) => this.place(at));
  }

  /** @param {number} active */
  activate(active) {
    this.elements.forEach((element, at) => element.classList.toggle("ls-active", at === active));
  }

  /** @param {number} at @returns {import("../lib/pointer.mjs").Dragging} */
  #dragging(at) {
    /** @type {Point} */
    let start = [0, 0];
    const { events } = this;
    return {
      grab: () => {
        this.dragged = at;
        start = clampPixels(events.view(), toPixels(events.view(), events.position(at)));
        this.elements[at].classList.add("ls-held");
        this.elements[at].querySelector("input")?.focus({ preventScroll: true });
        events.grabbed(at);
      },
      move: (dx, dy, event) => {
        const view = events.view();
        const z = toLatent(view, clampPixels(view, [start[0] + dx, start[1] + dy]));
        events.moved(at, z, event.timeStamp);
      },
      drop: () => {
        this.dragged = -1;
        this.elements[at].classList.remove("ls-held");
        this.sliders[at].show(events.position(at), this.reach);
        events.released(at);
      },
    };
  }

  /** @param {HTMLElement} element @param {number} at */
  #slider(element, at) {
    const inputs = [...element.querySelectorAll("input")];
    const { events } = this;
    return slider2d(inputs, {
      names: events.names,
      label: (axis) => `${events.label(at)}, ${events.names()[axis]}`,
      nudge: ([dx, dy]) => {
        const [x, y] = events.position(at);
        events.grabbed(at);
        events.moved(at, [tidy(x + dx), tidy(y + dy)]);
      },
      settle: () => events.released(at),
    });
  }

  destroy() {
    for (const slider of this.sliders) slider.stop();
    for (const stop of this.stops) stop();
  }
}
