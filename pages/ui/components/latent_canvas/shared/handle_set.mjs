import { MOST_HANDLES } from "../../../browser/lib/contract.mjs";
import { hookText } from "../../../browser/lib/format.mjs";
import { clamp, roomiest } from "../../../browser/maths/coordinates.mjs";
import { Decoding } from "../../../browser/media/decoding.mjs";
import { Handles } from "../../../browser/map/handles.mjs";
import { isLaidOut, towards } from "../../../browser/model/laid_out.mjs";
import { coordinateNames, lift, project } from "../../../browser/model/plane.mjs";
import { packed, sameHandles, unpacked } from "./positions.mjs";
import { handleLabel } from "../../../browser/map/canvas_dom.mjs";

/** @import { CanvasData, HandleState } from "../../../browser/lib/contract.mjs" */
/** @import { Point } from "../../../browser/lib/types.mjs" */
/** @import { View } from "../../../browser/maths/coordinates.mjs" */
/** @import { Decoder } from "../../../browser/model/decoder.mjs" */
/** @import { Plane } from "../../../browser/model/plane.mjs" */
/** @import { CanvasDom } from "../../../browser/map/canvas_dom.mjs" */


/** @typedef {{name: string, z: number[]}} Member z: all D coordinates */

/**
 * @typedef {object} HandleSetEvents
 * @property {() => View} view
 * @property {() => Plane} plane
 * @property {(index: number, decodeMs?: number) => void} onChange a handle's place or image
 * @property {() => void} onMove a handle is on its way, or there are more or fewer
 * @property {() => void} onRelease something has come to rest, and Python may be sent it
 * @property {() => void} onActivate another handle
 * @property {(error: unknown) => void} onError
 * @property {(event: WheelEvent) => void} onWheel
 */

/** The handles there are: their places in latent space, their rings on the map, their cards and images. */
export class HandleSet {
  /** @param {CanvasDom} dom @param {CanvasData} data @param {HandleSetEvents} events */
  constructor(dom, data, events) {
    this.dom = dom;
    this.data = data;
    this.events = events;
    this.reach = 4;
    this.active = 0;
    /** @type {Member[]} */
    this.members = [];
    /** @type {Handles | null} */
    this.rings = null;
    this.decoding = new Decoding(data.imageShape, {
      onPaint: (canvas, ms) => this.#painted(canvas, ms),
      onError: events.onError,
    });
    this.adopt(data.handles, data.active);
    dom.addButton.onclick = () => this.add();
    // For tests and the browser's console: the very session that draws, all D coordinates in, C·H·W values out.
    Object.assign(dom.root, { decodeAll: (/** @type {number[]} */ z) => this.decoding.decoder?.decode(z) });
  }

  get isDragging() {
    return this.rings?.isDragging ?? false;
  }

  /** As they are sent to Python. @returns {HandleState[]} */
  get packed() {
    return this.members.map(({ name, z }) => ({ name, z: packed(z, this.data) }));
  }

  /** Where a handle stands on the map. @param {number} index @returns {Point} */
  positionOf(index) {
    return project(this.events.plane(), this.members[index].z);
  }

  /** Handles as the page has set them. @param {HandleState[]} handles @param {number} active */
  adopt(handles, active) {
    if (this.members.length && sameHandles(this.packed, handles)) return this.activate(active);
    this.members = handles.map(({ name, z }) => ({ name, z: unpacked(z, this.data) }));
    this.#populate(active);
  }

  /** One more, near the active one, where it can be seen. */
  add() {
    if (this.members.length >= MOST_HANDLES) return;
    const places = this.members.map((_, each) => this.positionOf(each));
    const [here] = places.splice(this.active, 1);
    const plane = this.events.plane();
    const position = roomiest(here, places, this.events.view(), plane.kind === "line" ? 2 : undefined);
    this.members.push({ name: "", z: [...lift(plane, position, this.members[this.active].z)] });
    this.#populate(this.members.length - 1);
    this.events.onRelease();
  }

  /** @param {number} index */
  remove(index) {
    if (this.members.length <= 1 || this.isDragging) return;
    this.members.splice(index, 1);
    this.#populate(Math.min(this.active > index ? this.active - 1 : this.active, this.members.length - 1));
    this.dom.cards[this.active].element.querySelector("button")?.focus({ preventScroll: true });
    this.events.onRelease();
  }

  /** @param {number} index @param {string} name */
  #rename(index, name) {
    this.members[index].name = name;
    this.dom.rename(index, name);
    this.events.onRelease();
  }

  /** Rings, cards and images anew. @param {number} active */
  #populate(active) {
    this.rings?.destroy();
    const rings = this.dom.showHandles(this.members, {
      onChoose: (index) => this.choose(index),
      onRename: (index, name) => this.#rename(index, name),
      onRemove: (index) => this.remove(index),
    });
    this.rings = new Handles(rings, this.#ringEvents(), this.reach);
    this.dom.addButton.disabled = this.members.length >= MOST_HANDLES;
    this.activate(clamp(active, 0, this.members.length - 1));
    this.planeTurned();
    this.redecode();
    this.events.onMove();
  }

  /** The map's axes are others: handles stay where they are in latent space. */
  planeTurned() {
    this.dom.cards.forEach((card) => card.nameAxes(coordinateNames(this.events.plane())));
    this.moveRings();
  }

  /** @returns {import("../../../browser/map/handles.mjs").HandleEvents} */
  #ringEvents() {
    return {
      view: this.events.view,
      position: (index) => this.positionOf(index),
      isThere: (index) => this.#isThere(index),
      names: () => coordinateNames(this.events.plane()),
      label: (index) => handleLabel(index, this.members[index].name),
      onGrab: (index) => this.activate(index),
      onMove: (index, place, timeStamp) => (timeStamp === undefined ? this.#nudge(index, place) : this.move(index, place, timeStamp)),
      onRelease: () => this.events.onRelease(),
      onRemove: (index) => this.remove(index),
      onWheel: this.events.onWheel,
    };
  }

  /** Whether a handle is where it is shown: off the points of a layout, it is only near. @param {number} index */
  #isThere(index) {
    const { points } = this.events.plane();
    return !points || isLaidOut(points, this.members[index].z);
  }

  /** By a key, which on a layout leads to the next point in its direction. @param {number} index @param {Point} to */
  #nudge(index, to) {
    const { points } = this.events.plane();
    if (!points) return this.move(index, to);
    const [x, y] = this.positionOf(index);
    this.put(index, [...towards(points, [x, y], [to[0] - x, to[1] - y], this.members[index].z)]);
  }

  /** Move a handle within the plane. @param {number} index @param {Point} place @param {number} [timeStamp] */
  move(index, place, timeStamp) {
    this.put(index, [...lift(this.events.plane(), place, this.members[index].z)], timeStamp);
  }

  /** Put a handle anywhere. @param {number} index @param {number[]} z @param {number} [timeStamp] of the event behind it */
  put(index, z, timeStamp) {
    this.members[index].z = z;
    this.#decode(index, timeStamp);
    this.events.onMove();
    this.rings?.moveRing(index);
    if (!this.decoding.decoder) this.events.onChange(index);
  }

  /** Change one coordinate of the active handle. @param {number} dimension @param {number} value @param {number} timeStamp */
  turn(dimension, value, timeStamp) {
    this.put(this.active, this.members[this.active].z.with(dimension, value), timeStamp);
  }

  /** @param {number} index */
  choose(index) {
    if (index === this.active) return;
    this.activate(index);
    this.events.onRelease();
  }

  /** @param {number} index */
  activate(index) {
    this.active = index;
    this.rings?.activate(index);
    this.dom.cards.forEach((card, each) => card.activate(each === index));
    this.events.onActivate();
  }

  /** The view, or the plane, is another. */
  moveRings() {
    this.rings?.moveRings();
  }

  /** How far keys and assistive technology may take a handle. @param {number} half */
  widen(half) {
    this.reach = half;
    if (this.rings) this.rings.reach = half;
  }

  /** @param {Decoder | null} decoder */
  useDecoder(decoder) {
    this.decoding.use(decoder);
    this.redecode();
  }

  redecode() {
    this.members.forEach((_, index) => (this.decoding.decoder ? this.#decode(index) : this.events.onChange(index)));
  }

  /** @param {number} index @param {number} [timeStamp] */
  #decode(index, timeStamp) {
    const { z } = this.members[index];
    this.decoding.show(this.dom.cards[index].canvas, z, hookText(this.positionOf(index)), timeStamp);
  }

  /** @param {HTMLCanvasElement} canvas @param {number} ms */
  #painted(canvas, ms) {
    const index = this.dom.cards.findIndex((card) => card.canvas === canvas);
    if (index >= 0) this.events.onChange(index, ms); // it may have been removed meanwhile
  }

  destroy() {
    this.dom.addButton.onclick = null;
    this.rings?.destroy();
    this.decoding.use(null);
  }
}
