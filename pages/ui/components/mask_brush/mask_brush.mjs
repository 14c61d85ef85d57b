import { onePerElement } from "../../browser/lib/instances.mjs";
import { draggable, listen } from "../../browser/lib/pointer.mjs";
import { Cells } from "./cells.mjs";

/** @import { MaskData } from "../../browser/lib/contract.mjs" */
/** @import { Component } from "../../browser/lib/types.mjs" */
/** @import { Place } from "./cells.mjs" */

/** Of the brush, as a share of the longer side. */
const RADIUS = 1 / 14;
/** Pixels of the canvas for each cell. */
const SCALE = 10;
/** Greys of what is hidden, in squares. */
const GREYS = ["rgb(88 88 88)", "rgb(120 120 120)"];

/** Where the hidden region of an image is painted. */
class MaskBrush {
  /** @param {Component<MaskData>} component */
  constructor(component) {
    this.component = component;
    const root = /** @type {HTMLElement} */ (component.parentElement.querySelector(".ls-mask"));
    this.canvas = /** @type {HTMLCanvasElement} */ (root.querySelector("canvas"));
    this.rub = /** @type {HTMLInputElement} */ (root.querySelector(".ls-mask-rub"));
    this.note = /** @type {HTMLElement} */ (root.querySelector(".ls-mask-note"));
    this.image = new Image();
    this.image.onload = () => this.#draw();
    this.cells = new Cells(1, 1);
    /** @type {Place} */
    this.last = { row: 0, column: 0 };
    const stops = [
      draggable(this.canvas, {
        grab: (event) => this.#paint((this.last = this.#place(event))),
        move: (_dx, _dy, event) => this.#paint(this.#place(event)),
        drop: () => this.#report(),
      }),
      listen(/** @type {HTMLElement} */ (root.querySelector(".ls-mask-clear")), { click: () => this.#clear() }),
    ];
    this.stop = () => stops.forEach((stop) => stop());
    this.#take(component.data);
  }

  /** @param {Component<MaskData>} component */
  update(component) {
    this.component = component;
    this.#take(component.data);
  }

  /** Another image, or what an address says; what is painted here comes back as it went. @param {MaskData} data */
  #take({ rows, columns, mask, image }) {
    if (rows !== this.cells.rows || columns !== this.cells.columns) {
      this.cells = new Cells(rows, columns);
      [this.canvas.width, this.canvas.height] = [columns * SCALE, rows * SCALE];
    }
    this.cells.text = mask;
    if (this.image.src !== image) this.image.src = image;
    this.#draw();
  }

  /** @param {PointerEvent} event @returns {Place} */
  #place({ clientX, clientY }) {
    const box = this.canvas.getBoundingClientRect();
    return {
      row: ((clientY - box.top) / box.height) * this.cells.rows,
      column: ((clientX - box.left) / box.width) * this.cells.columns,
    };
  }

  /** @param {Place} place */
  #paint(place) {
    const radius = Math.max(0.75, RADIUS * Math.max(this.cells.rows, this.cells.columns));
    this.cells.stroke(this.last, place, radius, !this.rub.checked);
    this.last = place;
    this.#draw();
  }

  #clear() {
    this.cells.clear();
    this.#draw();
    this.#report();
  }

  #report() {
    this.component.setStateValue("mask", this.cells.text);
  }

  #draw() {
    const context = this.canvas.getContext("2d");
    if (!context) return;
    context.imageSmoothingEnabled = false;
    context.clearRect(0, 0, this.canvas.width, this.canvas.height);
    if (this.image.complete && this.image.naturalWidth) context.drawImage(this.image, 0, 0, this.canvas.width, this.canvas.height);
    this.cells.isHidden.forEach((isHidden, index) => {
      if (!isHidden) return;
      const [row, column] = [Math.floor(index / this.cells.columns), index % this.cells.columns];
      context.fillStyle = GREYS[(row + column) % 2];
      context.fillRect(column * SCALE, row * SCALE, SCALE, SCALE);
    });
    this.note.textContent = `${Math.round(100 * this.cells.share)} % hidden`;
  }

  destroy() {
    this.stop();
  }
}

/** @type {(component: Component<MaskData>) => () => void} */
export default onePerElement((component) => new MaskBrush(component));
