import { listen } from "../../../../browser/lib/pointer.mjs";

/** @import { Sample } from "../../../../browser/media/sketch.mjs" */

/**
 * @typedef {object} CursorEvents
 * @property {(sample: Sample, timeStamp: number) => void} onDown the pen touches the paper
 * @property {(sample: Sample, timeStamp: number) => void} onMove with the pen down
 * @property {() => void} onUp
 * @property {() => void} onUndo
 * @property {() => void} onRedraw the cursor looks different
 */

/** @type {Record<string, readonly [number, number]>} */
const DIRECTIONS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
/** Pixels of the model per arrow key, with Shift. */
const FAR = 4;

const HELP =
  "Drawing area. Arrow keys move the pen by one pixel of the model's image, with Shift by four. " +
  "Space puts the pen down and lifts it again, Escape lifts it. Control Z takes back the last stroke.";

let helps = 0;

/** The pen, for those who draw by keyboard: a cursor that arrow keys move, and what a screen reader says of it. */
export class PadCursor {
  /**
   * @param {HTMLCanvasElement} canvas @param {string} label
   * @param {readonly [number, number]} grid [height, width] of the model's images
   * @param {CursorEvents} events
   */
  constructor(canvas, label, [rows, columns], events) {
    this.canvas = canvas;
    this.events = events;
    this.rows = rows;
    this.columns = columns;
    [this.row, this.column] = [rows >> 1, columns >> 1];
    this.isDown = false;
    this.isShown = false;
    this.help = canvas.ownerDocument.createElement("p");
    this.status = canvas.ownerDocument.createElement("p");
    this.#describe(label);
    this.stop = listen(canvas, {
      keydown: (/** @type {KeyboardEvent} */ event) => this.#pressed(event),
      focus: () => this.#show(canvas.matches(":focus-visible")), // by the keyboard, not by a finger
      blur: () => this.hide(),
    });
  }

  /** @param {string} label */
  #describe(label) {
    this.help.id = `ls-pad-help-${++helps}`;
    this.help.hidden = true;
    this.help.textContent = HELP;
    this.status.className = "ls-pad-status";
    this.status.setAttribute("role", "status");
    this.canvas.after(this.help, this.status);
    this.canvas.tabIndex = 0;
    this.canvas.setAttribute("role", "application");
    this.canvas.setAttribute("aria-label", label);
    this.canvas.setAttribute("aria-describedby", this.help.id);
  }

  /** Where the pen is: the middle of one of the model's pixels. @returns {Sample} */
  get sample() {
    return { x: (this.column + 0.5) / this.columns, y: (this.row + 0.5) / this.rows };
  }

  hide() {
    this.lift();
    this.#show(false);
  }

  lift() {
    if (!this.isDown) return;
    this.isDown = false;
    this.events.onUp();
    this.#say();
    this.events.onRedraw();
  }

  /** @param {boolean} isShown */
  #show(isShown) {
    if (isShown === this.isShown) return;
    this.isShown = isShown;
    this.events.onRedraw();
  }

  /** @param {KeyboardEvent} event */
  #pressed(event) {
    const { key, timeStamp, shiftKey } = event;
    const direction = DIRECTIONS[key];
    const isCommand = event.ctrlKey || event.metaKey;
    if (isCommand && key.toLowerCase() === "z" && !shiftKey) this.events.onUndo();
    else if (isCommand || event.altKey) return;
    else if (direction) this.#move(direction, shiftKey ? FAR : 1, timeStamp);
    else if (key === " ") this.#toggle(event);
    else if (key === "Escape" && this.isDown) this.lift();
    else return;
    event.preventDefault();
  }

  /** @param {readonly [number, number]} direction @param {number} far @param {number} timeStamp */
  #move([right, down], far, timeStamp) {
    this.column = Math.min(Math.max(this.column + far * right, 0), this.columns - 1);
    this.row = Math.min(Math.max(this.row + far * down, 0), this.rows - 1);
    if (this.isDown) this.events.onMove(this.sample, timeStamp);
    this.#showMove();
  }

  /** @param {KeyboardEvent} event a held key is one press */
  #toggle({ repeat, timeStamp }) {
    if (repeat) return;
    if (this.isDown) return this.lift();
    this.isDown = true;
    this.events.onDown(this.sample, timeStamp);
    this.#showMove();
  }

  #showMove() {
    this.#say();
    this.#show(true);
    this.events.onRedraw();
  }

  #say() {
    const place = `row ${this.row + 1}, column ${this.column + 1}`;
    this.status.textContent = `Pen ${this.isDown ? "down" : "up"}, ${place}`;
  }

  /**
   * A ring in black and white, to be seen on any drawing; filled where the pen is down.
   * @param {CanvasRenderingContext2D} context
   */
  paint(context) {
    if (!this.isShown) return;
    const { width, height } = this.canvas;
    const { x, y } = this.sample;
    const radius = Math.min(width, height) / 28;
    for (const [color, extra] of /** @type {const} */ ([["black", 0.35], ["white", 0]])) {
      context.beginPath();
      context.arc(x * width, y * height, radius, 0, 2 * Math.PI);
      context.lineWidth = radius * (0.3 + 2 * extra);
      context.strokeStyle = color;
      context.stroke();
    }
    if (!this.isDown) return;
    context.fillStyle = "gray";
    context.fill();
  }

  destroy() {
    this.stop();
    this.help.remove();
    this.status.remove();
  }
}
