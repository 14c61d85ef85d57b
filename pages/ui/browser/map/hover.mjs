import { ownPlace } from "../lib/own_pixels.mjs";
import { listen } from "../lib/pointer.mjs";

/** @import { Point } from "../lib/types.mjs" */

/** How near a point the pointer must be, in CSS pixels. */
const RADIUS = 8;
/** Beyond this share of the map's width a label stands to the left of its point. */
const TO_THE_LEFT = 0.6;

/**
 * @typedef {object} Hovered
 * @property {(pixels: Point, radius: number) => {row: number, pixels: Point} | null} nearest point to a place on the map
 * @property {(row: number) => {title: string, text: string}} describe
 */

/**
 * What a point is, beside it, while a mouse or pen is over it. Ours, because plotly knows no points: it would look for
 * the nearest of its own at most twenty times a second.
 */
export class Hover {
  /** @param {HTMLElement} box of the map @param {HTMLElement} plot that hears the pointer @param {Hovered} hovered */
  constructor(box, plot, { nearest, describe }) {
    this.box = box;
    this.nearest = nearest;
    this.describe = describe;
    this.element = document.createElement("div");
    this.element.className = "ls-hover";
    this.element.setAttribute("aria-hidden", "true");
    this.element.hidden = true;
    this.title = document.createElement("b");
    this.text = document.createElement("span");
    const label = document.createElement("div");
    label.dataset.testid = "hover";
    label.append(this.title, this.text);
    this.element.append(label);
    box.append(this.element);
    this.frame = 0;
    /** @type {PointerEvent | null} where the pointer is */
    this.pointer = null;
    const leave = () => this.#goTo(null);
    this.stop = listen(plot, {
      pointermove: (/** @type {PointerEvent} */ event) => event.pointerType !== "touch" && this.#goTo(event),
      pointerdown: leave,
      pointerleave: leave,
    });
  }

  /** @param {PointerEvent | null} pointer null for nowhere on the map */
  #goTo(pointer) {
    this.pointer = pointer;
    this.refresh();
  }

  /** The points, or the view, are others: look again at the next frame. */
  refresh() {
    if (!this.pointer && this.element.hidden) return;
    this.frame ||= requestAnimationFrame(() => {
      this.frame = 0;
      this.#look();
    });
  }

  #look() {
    const near = this.pointer && this.nearest(ownPlace(this.box, this.pointer), RADIUS);
    this.element.hidden = !near;
    if (!near) return;
    const [x, y] = near.pixels;
    this.element.style.transform = `translate(${x}px, ${y}px)`;
    this.element.toggleAttribute("data-left", x > TO_THE_LEFT * this.box.offsetWidth);
    const { title, text } = this.describe(near.row);
    this.title.textContent = title;
    this.text.textContent = text;
  }

  destroy() {
    cancelAnimationFrame(this.frame);
    this.stop();
    this.element.remove();
  }
}
