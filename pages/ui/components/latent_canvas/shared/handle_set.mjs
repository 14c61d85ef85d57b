import { MOST_HANDLES } from "../../../browser/lib/contract.mjs";
import { hookText } from "../../../browser/lib/format.mjs";
import { clamp, roomiest } from "../../../browser/maths/coordinates.mjs";
import { Decoding } from "../../../browser/media/decoding.mjs";
import { Handles } from "../../../browser/map/handles.mjs";
import { isLaidOut, towards } from "../../../browser/model/laid_out.mjs";
import { lift, project } from "../../../browser/model/plane.mjs";
import { packed, sameHandles, unpacked } from "./positions.mjs";
import { handleLabel } from "../../../browser/map/canvas_dom.mjs";

/** @import { CanvasData, HandleState, Point } from "../../../browser/lib/types.mjs" */
/** @import { View } from "../../../browser/maths/coordinates.mjs" */
/** @import { Decoder } from "../../../browser/model/decoder.mjs" */
/** @import { Plane } from "../../../browser/model/plane.mjs" */
/** @import { Stage } from "../../../browser/map/canvas_dom.mjs" */


/** @typedef {{name: string, z: number[]}} Member z: all D coordinates */

/**
 * @typedef {object} CastEvents
 * @property {() => View} view
 * @property {() => Plane} plane
 * @property {(at: number, decodeMs?: number) => void} changed a handle's place or image
 * @property {() => void} moved a handle is on its way, or there are more or fewer
 * @property {() => void} released something has come to rest, and Python may hear of it
 * @property {() => void} activated another handle
 * @property {(error: unknown) => void} failed
 * @property {(event: WheelEvent) => void} wheel
 */

/** The handles there are: their places in latent space, their rings on the map, their cards and images. */
export class Cast {
  /** @param {Stage} stage @param {CanvasData} data @param {CastEvents} events */
  constructor(stage, data, events) {
    this.stage = stage;
    this.data = data;
    this.events = events;
    this.reach = 4;
    this.active = 0;
    /** @type {Member[]} */
    this.members = [];
    /** @type {Handles | null} */
    this.rings = null;
    this.decoding = new Decoding(data.imageShape, {
      painted: (canvas, ms) => this.#painted(canvas, ms),
      failed: events.failed,
    });
    this.adopt(data.handles, data.active);
    stage.addButton.onclick = () => this.add();
    // For tests and the curious: the very session that draws, all D coordinates in, C·H·W values out.
    Object.assign(stage.root, { decodeAll: (/** @type {number[]} */ z) => this.decoding.decoder?.decode(z) });
  }

  get isDragging() {
    return this.rings?.isDragging ?? false;
  }

  /** What Python may know of them. @returns {HandleState[]} */
  get packed() {
    return this.members.map(({ name, z }) => ({ name, z: packed(z, this.data) }));
  }

  /** Where a handle stands on the map. @param {number} at @returns {Point} */
  place(at) {
    return project(this.events.plane(), this.members[at].z);
  }

  /** Handles as the page wishes them. @param {HandleState[]} handles @param {number} active */
  adopt(handles, active) {
    if (this.members.length && sameHandles(this.packed, handles)) return this.activate(active);
    this.members = handles.map(({ name, z }) => ({ name, z: unpacked(z, this.data) }));
    this.#populate(active);
  }

  /** One more, near the active one, where it can be seen. */
  add() {
    if (this.members.length >= MOST_HANDLES) return;
    const places = this.members.map((_, each) => this.place(each));
    const [here] = places.splice(this.active, 1);
    const at = roomiest(here, places, this.events.view());
    this.members.push({ name: "", z: [...lift(this.events.plane(), at, this.members[this.active].z)] });
    this.#populate(this.members.length - 1);
    this.events.released();
  }

  /** @param {number} at */
  remove(at) {
    if (this.members.length <= 1 || this.isDragging) return;
    this.members.splice(at, 1);
    this.#populate(Math.min(this.active > at ? this.active - 1 : this.active, this.members.length - 1));
    this.stage.cards[this.active].element.querySelector("button")?.focus({ preventScroll: true });
    this.events.released();
  }

  /** @param {number} at @param {string} name */
  #rename(at, name) {
    this.members[at].name = name;
    this.stage.rename(at, name);
    this.events.released();
  }

  /** Rings, cards and images anew. @param {number} active */
  #populate(active) {
    this.rings?.destroy();
    const rings = this.stage.cast(this.members, {
      chosen: (at) => this.choose(at),
      renamed: (at, name) => this.#rename(at, name),
      removed: (at) => this.remove(at),
    });
    this.rings = new Handles(rings, this.#ringEvents(), this.reach);
    this.stage.addButton.disabled = this.members.length >= MOST_HANDLES;
    this.activate(clamp(active, 0, this.members.length - 1));
    this.planeTurned();
    this.redecode();
    this.events.moved();
  }

  /** The map's axes are others: handles stay where they are in latent space. */
  planeTurned() {
    this.stage.cards.forEach((card) => card.nameAxes(this.events.plane().names));
    this.placeAll();
  }

  /** @returns {import("../../../browser/map/handles.mjs").HandleEvents} */
  #ringEvents() {
    return {
      view: this.events.view,
      position: (at) => this.place(at),
      isThere: (at) => this.#isThere(at),
      names: () => this.events.plane().names,
      label: (at) => handleLabel(at, this.members[at].name),
      grabbed: (at) => this.activate(at),
      moved: (at, place, timeStamp) => (timeStamp === undefined ? this.#nudge(at, place) : this.move(at, place, timeStamp)),
      released: () => this.events.released(),
      removed: (at) => this.remove(at),
      wheel: this.events.wheel,
    };
  }

  /** Whether a handle is where it is shown: off the points of a layout, it is only near. @param {number} at */
  #isThere(at) {
    const { points } = this.events.plane();
    return !points || isLaidOut(points, this.members[at].z);
  }

  /** By a key, which on a layout leads to the next point in its direction. @param {number} at @param {Point} to */
  #nudge(at, to) {
    const { points } = this.events.plane();
    if (!points) return this.move(at, to);
    const [x, y] = this.place(at);
    this.put(at, [...towards(points, [x, y], [to[0] - x, to[1] - y], this.members[at].z)]);
  }

  /** Move a handle within the plane. @param {number} at @param {Point} place @param {number} [timeStamp] */
  move(at, place, timeStamp) {
    this.put(at, [...lift(this.events.plane(), place, this.members[at].z)], timeStamp);
  }

  /** Put a handle anywhere. @param {number} at @param {number[]} z @param {number} [timeStamp] of the event behind it */
  put(at, z, timeStamp) {
    this.members[at].z = z;
    this.#decode(at, timeStamp);
    this.events.moved();
    this.rings?.place(at);
    if (!this.decoding.decoder) this.events.changed(at);
  }

  /** Change one coordinate of the active handle. @param {number} dimension @param {number} value @param {number} timeStamp */
  turn(dimension, value, timeStamp) {
    this.put(this.active, this.members[this.active].z.with(dimension, value), timeStamp);
  }

  /** @param {number} at */
  choose(at) {
    if (at === this.active) return;
    this.activate(at);
    this.events.released();
  }

  /** @param {number} at */
  activate(at) {
    this.active = at;
    this.rings?.activate(at);
    this.stage.cards.forEach((card, each) => card.activate(each === at));
    this.events.activated();
  }

  /** The view, or the plane, is another. */
  placeAll() {
    this.rings?.placeAll();
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
    this.members.forEach((_, at) => (this.decoding.decoder ? this.#decode(at) : this.events.changed(at)));
  }

  /** @param {number} at @param {number} [timeStamp] */
  #decode(at, timeStamp) {
    const { z } = this.members[at];
    this.decoding.show(this.stage.cards[at].canvas, z, hookText(this.place(at)), timeStamp);
  }

  /** @param {HTMLCanvasElement} canvas @param {number} ms */
  #painted(canvas, ms) {
    const at = this.stage.cards.findIndex((card) => card.canvas === canvas);
    if (at >= 0) this.events.changed(at, ms); // it may have been removed meanwhile
  }

  destroy() {
    this.stage.addButton.onclick = null;
    this.rings?.destroy();
    this.decoding.use(null);
  }
}
