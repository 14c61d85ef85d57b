import { toRgba } from "../../../../browser/media/painter.mjs";
import { PadCursor } from "./pad_cursor.mjs";
import { ownPlace } from "../../../../browser/lib/own_pixels.mjs";
import { draggable } from "../../../../browser/lib/pointer.mjs";
import { KnownSketch } from "../../../../browser/media/known_sketch.mjs";
import { pressureOf } from "../../../../browser/media/sketch.mjs";

/** @import { Sample } from "../../../../browser/media/sketch.mjs" */

/** The stroke of a handwritten digit is about this share of the image's side. */
const PEN_WIDTH = 0.09;

/**
 * A colour to draw with.
 * @typedef {{name: string, color: readonly number[]}} Ink color: one value per channel, 0 to 1
 */

/** @type {readonly Ink[]} */
const GREY_INKS = [
  { name: "White", color: [1] },
  { name: "Eraser", color: [0] },
];

/** Called as a function of the window, as browsers demand. @param {() => void} draw */
const onFrame = (draw) => requestAnimationFrame(draw);

/** Six hues, 60° apart, after white and black. @type {readonly Ink[]} */
const COLOR_INKS = [
  { name: "White", color: [1, 1, 1] },
  { name: "Black", color: [0, 0, 0] },
  { name: "Red", color: [0.9, 0.1, 0.1] },
  { name: "Yellow", color: [0.9, 0.9, 0.1] },
  { name: "Green", color: [0.1, 0.9, 0.1] },
  { name: "Cyan", color: [0.1, 0.9, 0.9] },
  { name: "Blue", color: [0.1, 0.1, 0.9] },
  { name: "Magenta", color: [0.9, 0.1, 0.9] },
];

/** What it covers is not known any more; for whoever asks about it. */
const RUBBER = { name: "Rub out", color: null };

/**
 * @typedef {object} PadOptions
 * @property {readonly [number, number, number]} shape (C, H, W) of the model's images, C being 1 or 3
 * @property {(image: Float32Array, timeStamp: number) => void} onChange what somebody has drawn, C·H·W in [0, 1], with
 *   the time of the newest event in it: at most once a frame, and always after the last one. Not called for a `load`
 * @property {string} [label] for screen readers
 * @property {number} [penWidth] share of the shorter side
 * @property {(draw: () => void) => unknown} [nextFrame]
 */

/**
 * A canvas to draw on with a mouse, a pen, a finger or the keyboard. It shows what the model sees, so it is white on
 * black in any theme; its CSS gives it the image's proportions, no border, and `touch-action: none`.
 */
export class DrawPad {
  #isFrameDue = false;
  #isChanged = false;
  #timeStamp = 0;

  /** @param {HTMLCanvasElement} canvas @param {PadOptions} options */
  constructor(canvas, { shape, onChange, label = "Drawing", penWidth = PEN_WIDTH, nextFrame = onFrame }) {
    this.canvas = canvas;
    this.onChange = onChange;
    this.penWidth = penWidth;
    this.nextFrame = nextFrame;
    this.sketch = new KnownSketch(shape);
    this.inks = shape[0] === 1 ? GREY_INKS : COLOR_INKS;
    /** @type {{name: string, color: readonly number[] | null}} */
    this.ink = this.inks[0];
    [canvas.height, canvas.width] = this.sketch.size;
    this.context = canvas.getContext("2d", { alpha: false });
    this.pixels = this.context?.createImageData(canvas.width, canvas.height);
    this.cursor = new PadCursor(canvas, label, [shape[1], shape[2]], {
      onDown: (sample, timeStamp) => this.#begin(sample, timeStamp),
      onMove: (sample, timeStamp) => this.#extend([sample], timeStamp),
      onUp: () => this.sketch.end(),
      onUndo: () => this.undo(),
      onRedraw: () => this.#askForFrame(),
    });
    this.stop = draggable(canvas, {
      grab: (event) => this.#grabbed(event),
      move: (_dx, _dy, event) => this.#extend(this.#samplesOf(event), event.timeStamp),
      drop: () => this.sketch.end(),
    });
    canvas.addEventListener("contextrestored", () => this.#paint());
    this.#paint();
  }

  /** What the model would see now. @returns {Float32Array} C·H·W, 0 to 1 */
  image() {
    return this.sketch.image();
  }

  /**
   * Show a picture, to be drawn on; `onChange` is not called, since whoever brings the picture has it.
   * @param {Float32Array} picture C·H·W, 0 to 1
   */
  load(picture) {
    this.cursor.lift();
    this.sketch.load(picture);
    this.#askForFrame();
  }

  /** Draw with the ink of this index in `inks`, or, beyond the last, rub out. @param {number} index */
  choose(index) {
    this.cursor.lift(); // a stroke has one colour
    this.ink = this.inks[index] ?? RUBBER;
  }

  /** What is known of the picture, and where. */
  visible() {
    return this.sketch.visible();
  }

  /** Whether hidden parts mean anything from now on. @param {boolean} isAsking */
  ask(isAsking) {
    this.cursor.lift();
    this.sketch.isAsking = isAsking;
    this.#askForFrame();
  }

  /** Hide the rows from here on downwards. @param {number} row of the model's image */
  hideBelow(row) {
    this.cursor.lift();
    this.sketch.hideBelow(row);
    this.#changed(performance.now());
  }

  /** Take back the last stroke, or a clear or a load if it was the last. */
  undo() {
    this.cursor.lift();
    if (this.sketch.undo()) this.#changed(performance.now());
  }

  clear() {
    this.cursor.lift();
    this.sketch.clear();
    this.#changed(performance.now());
  }

  destroy() {
    this.stop();
    this.cursor.destroy();
    this.onChange = () => undefined;
  }

  /** @param {PointerEvent} event */
  #grabbed(event) {
    this.cursor.hide();
    this.canvas.focus({ preventScroll: true }); // so that the keyboard's undo reaches us
    this.#begin(this.#sampleOf(event), event.timeStamp);
  }

  /** @param {Sample} sample @param {number} timeStamp */
  #begin(sample, timeStamp) {
    this.sketch.begin({ color: this.ink.color, width: this.penWidth }, sample);
    this.#changed(timeStamp);
  }

  /** @param {Sample[]} samples @param {number} timeStamp */
  #extend(samples, timeStamp) {
    for (const sample of samples) this.sketch.extend(sample);
    this.#changed(timeStamp);
  }

  /** A fast pointer moves several times between two events. @param {PointerEvent} event @returns {Sample[]} */
  #samplesOf(event) {
    const events = event.getCoalescedEvents?.() ?? [];
    return (events.length ? events : [event]).map((each) => this.#sampleOf(each));
  }

  /** @param {PointerEvent} event @returns {Sample} */
  #sampleOf(event) {
    const [x, y] = ownPlace(this.canvas, event);
    return { x: x / this.canvas.offsetWidth, y: y / this.canvas.offsetHeight, pressure: pressureOf(event) };
  }

  /** @param {number} timeStamp */
  #changed(timeStamp) {
    this.#isChanged = true;
    this.#timeStamp = timeStamp;
    this.#askForFrame();
  }

  #askForFrame() {
    if (this.#isFrameDue) return;
    this.#isFrameDue = true;
    this.nextFrame(() => {
      this.#isFrameDue = false;
      this.#paint();
      if (!this.#isChanged) return;
      this.#isChanged = false;
      this.onChange(this.sketch.image(), this.#timeStamp);
    });
  }

  #paint() {
    if (!this.context || !this.pixels) return;
    toRgba(this.sketch.colors.fine, this.sketch.shape[0], this.pixels.data);
    this.sketch.paintHidden(this.pixels.data);
    this.context.putImageData(this.pixels, 0, 0);
    this.cursor.paint(this.context);
  }
}

/**
 * The buttons of a pad: one per ink, of which one is pressed, then undo and clear.
 * @param {DrawPad} pad @returns {HTMLElement}
 */
export function padTools(pad) {
  const tools = document.createElement("div");
  tools.className = "ls-pad-tools";
  const inks = [...pad.inks, RUBBER].map(({ name, color }, index) => {
    const ink = button(name, () => {
      pad.choose(index);
      press(inks, index);
    });
    ink.classList.add("ls-pad-ink");
    if (color) ink.style.setProperty("--ls-ink-color", cssColor(color));
    else ink.classList.add("ls-pad-rubber");
    return ink;
  });
  press(inks, 0);
  const group = document.createElement("div");
  group.className = "ls-pad-inks";
  group.setAttribute("role", "group");
  group.setAttribute("aria-label", "Pen");
  group.append(...inks);
  tools.append(group, button("Undo", () => pad.undo(), "Undo"), button("Clear", () => pad.clear(), "Clear"));
  return tools;
}

/**
 * @param {string} name for screen readers and as a tooltip @param {() => void} pressed
 * @param {string} [text] "" where the colour says it
 */
function button(name, pressed, text = "") {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "ls-pad-tool";
  made.textContent = text;
  if (!text) {
    made.title = name;
    made.setAttribute("aria-label", name);
  }
  made.addEventListener("click", pressed);
  return made;
}

/** @param {HTMLElement[]} buttons @param {number} index */
function press(buttons, index) {
  buttons.forEach((each, other) => each.setAttribute("aria-pressed", String(other === index)));
}

/** @param {readonly number[]} color one value per channel, 0 to 1 @returns {string} */
function cssColor(color) {
  const [red, green = red, blue = red] = color.map((value) => Math.round(255 * value));
  return `rgb(${red} ${green} ${blue})`;
}
