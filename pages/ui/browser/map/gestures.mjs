import { isInside, toLatent } from "../maths/coordinates.mjs";
import { ownPlace } from "../lib/own_pixels.mjs";
import { draggable, listen, tappable } from "../lib/pointer.mjs";

/** @import { Point } from "../lib/types.mjs" */
/** @import { LatentMap } from "./map.mjs" */
/** @import { View } from "../maths/coordinates.mjs" */

const CLOSER = 0.6;

/**
 * What can be done to the map itself: the zoom buttons, and a click or tap on a place.
 * @param {{zoomButtons: HTMLElement[], map: {box: HTMLElement, plot: HTMLElement}}} dom @param {LatentMap} map
 * @param {(z: Point, event: PointerEvent) => void} onTap
 * @returns {(() => void)[]} each stops listening to something
 */
export function mapGestures(dom, map, onTap) {
  /** @type {Record<string, () => void>} */
  const zooms = {
    in: () => void map.zoom(CLOSER),
    out: () => void map.zoom(1 / CLOSER),
    fit: () => void map.fit(),
  };
  const { box, plot } = dom.map;
  const buttons = dom.zoomButtons.map((button) => listen(button, { click: zooms[button.dataset.zoom ?? "fit"] }));
  const taps = tappable(plot, (event) => {
    const pixels = ownPlace(box, event);
    if (isInside(map.view, pixels)) onTap(toLatent(map.view, pixels), event);
  });
  return [...buttons, taps];
}

/** Corners nearer than this are one. */
const CORNER_PX = 3;

/**
 * @typedef {object} LassoEvents
 * @property {() => View} view
 * @property {(stroke: Point[]) => void} onDraw in map units, from the first point on; [] when it is given up
 * @property {(stroke: Point[]) => void} onOutline
 * @property {(isOn: boolean) => void} onSwitch
 */

/** Drawing around points on the map, with a mouse, a pen or a finger: while it is on, nothing below is reached. */
export class Lasso {
  /** @param {HTMLElement} sheet over the map @param {LassoEvents} events @param {EventTarget} [world] that hears Escape */
  constructor(sheet, events, world = window) {
    this.sheet = sheet;
    this.events = events;
    this.isOn = false;
    this.isHeld = false;
    /** @type {Point[]} in pixels of the map */
    this.stroke = [];
    this.stops = [
      draggable(sheet, { grab: (event) => this.#begin(event), move: (_dx, _dy, event) => this.#go(event), drop: () => this.#end() }),
      listen(world, { keydown: (/** @type {KeyboardEvent} */ event) => this.#key(event) }, { capture: true }),
    ];
  }

  /** @param {boolean} isOn */
  turn(isOn) {
    if (isOn === this.isOn) return;
    if (!isOn) this.#giveUp();
    this.isOn = isOn;
    this.sheet.hidden = !isOn;
    this.events.onSwitch(isOn);
  }

  /** @param {PointerEvent} event */
  #begin(event) {
    this.isHeld = true;
    this.stroke = [];
    this.#go(event);
  }

  /** @param {PointerEvent} event */
  #go(event) {
    if (!this.isHeld) return;
    const [x, y] = ownPlace(this.sheet, event);
    const last = this.stroke.at(-1);
    if (last && Math.hypot(x - last[0], y - last[1]) < CORNER_PX) return;
    this.stroke.push([x, y]);
    this.events.onDraw(this.#inUnits);
  }

  #end() {
    if (!this.isHeld) return;
    const stroke = this.#inUnits;
    this.#giveUp();
    if (stroke.length > 2) this.events.onOutline(stroke);
  }

  get #inUnits() {
    const view = this.events.view();
    return this.stroke.map((pixel) => toLatent(view, pixel));
  }

  #giveUp() {
    this.isHeld = false;
    if (this.stroke.length) this.events.onDraw([]);
    this.stroke = [];
  }

  /** Escape gives up the stroke, or, where there is none, drawing. @param {KeyboardEvent} event */
  #key(event) {
    if (event.key !== "Escape" || !this.isOn) return;
    event.stopPropagation();
    if (this.isHeld) this.#giveUp();
    else this.turn(false);
  }

  destroy() {
    this.turn(false);
    for (const stop of this.stops) stop();
  }
}
