import { hookText } from "../../browser/lib/format.mjs";
import { NeighbourGrid } from "../../browser/maths/neighbours.mjs";
import { lift, project } from "../../browser/model/plane.mjs";
import { nextTowards, sharedImages } from "./shared_images.mjs";

/** @import { Point } from "../../browser/lib/types.mjs" */
/** @import { Embedding } from "../../browser/model/embedding.mjs" */
/** @import { Plane } from "../../browser/model/plane.mjs" */
/** @import { SharedImages } from "./shared_images.mjs" */
/** @import { CursorState } from "./types.mjs" */

/**
 * What one cursor means on several maps.
 * @typedef {object} Cursor
 * @property {(at: number, embedding: Embedding) => void} know the points of a model have come, or changed
 * @property {(at: number, place: Point, isKey: boolean) => void} move on the map of one model; by a key or by a hand
 * @property {(at: number) => readonly number[] | null} z (D,), where it stands for a model; null while that is unknown
 * @property {CursorState} state
 * @property {(state: CursorState) => void} adopt
 * @property {(at: number) => number | null} label of the image it stands for; null for none
 */

/** The same z for every model: their latent spaces have equally many dimensions, and all maps show the same two. */
export class SameZ {
  /** @param {Plane} plane */
  constructor(plane) {
    this.plane = plane;
    /** @type {number[]} */
    this.place = Array.from(plane.origin, () => 0);
  }

  know() {} // z asks nothing of the points

  /** @param {number} _at @param {Point} place */
  move(_at, place) {
    this.place = [...lift(this.plane, place, this.place)];
  }

  /** @returns {readonly number[]} */
  z() {
    return this.place;
  }

  label() {
    return null;
  }

  /** @returns {CursorState} */
  get state() {
    return { z: hookText(this.place).split(",").map(Number) };
  }

  /** What it has too few of is 0, the prior's mean. @param {CursorState} state */
  adopt({ z = [] }) {
    this.place = this.place.map((_, dimension) => z[dimension] ?? 0);
  }
}

/** The same held-out image through every model: the cursor snaps to images, each at its own place on each map. */
export class SameImage {
  /** @param {readonly Plane[]} planes */
  constructor(planes) {
    this.planes = planes;
    /** @type {(Embedding | null)[]} */
    this.embeddings = planes.map(() => null);
    /** @type {SharedImages} */
    this.shared = { images: new Int32Array(), rows: planes.map(() => new Int32Array()) };
    /** @type {NeighbourGrid[]} of the shared images on each map */
    this.grids = [];
    /** @type {number | null} its number, null until it is known which there are */
    this.image = null;
    this.at = -1;
  }

  /** @param {number} at @param {Embedding} embedding */
  know(at, embedding) {
    this.embeddings[at] = embedding;
    const all = this.embeddings.filter((each) => each !== null);
    if (all.length < this.planes.length) return;
    this.shared = sharedImages(all.map(({ index }) => index));
    this.grids = all.map(({ x, y }, each) => {
      const rows = this.shared.rows[each];
      return new NeighbourGrid(Float32Array.from(rows, (row) => x[row]), Float32Array.from(rows, (row) => y[row]));
    });
    this.#find();
  }

  /** The image that is wanted, or the first where there is no such. */
  #find() {
    const { images } = this.shared;
    this.at = this.image === null ? -1 : images.indexOf(this.image);
    if (this.at < 0 && images.length) this.#choose(0);
  }

  /** @param {number} at among the shared images */
  #choose(at) {
    this.at = at;
    this.image = this.shared.images[at];
  }

  /** @param {number} at @param {Point} place @param {boolean} isKey */
  move(at, place, isKey) {
    const grid = this.grids[at];
    if (this.at < 0 || !grid) return;
    this.#choose(isKey ? nextTowards(grid.x, grid.y, this.at, place) : grid.nearest(...place, 1).rows[0]);
  }

  /** @param {number} at */
  label(at) {
    return this.at < 0 ? null : (this.embeddings[at]?.labels[this.shared.rows[at][this.at]] ?? null);
  }

  /** The posterior's mean. @param {number} at @returns {readonly number[] | null} */
  z(at) {
    const embedding = this.embeddings[at];
    if (this.at < 0 || !embedding) return null;
    const row = this.shared.rows[at][this.at];
    return [...embedding.mu.subarray(row * embedding.latentDim, (row + 1) * embedding.latentDim)];
  }

  /** @returns {CursorState} */
  get state() {
    return this.image === null ? {} : { image: this.image };
  }

  /** @param {CursorState} state */
  adopt({ image }) {
    this.image = image ?? null;
    if (this.grids.length) this.#find();
  }
}

/** Where it stands on a map. @param {Cursor} cursor @param {number} at @param {Plane} plane @returns {Point | null} */
export function placeOf(cursor, at, plane) {
  const z = cursor.z(at);
  return z && project(plane, z);
}

/** Maps whose points need at most so many times another's width share one view: the same z at the same pixel. */
const MOST_APART = 2;

/**
 * How far each map reaches before anyone zooms. Under one z all maps show the same, unless one model's codes lie so far
 * out that the others would shrink to a spot; the same image lies elsewhere on each map, so each keeps its own width.
 * @param {readonly number[]} halves of the maps' widths, as their points need @param {boolean} isSameZ
 * @returns {number[]}
 */
export function homeHalves(halves, isSameZ) {
  const widest = Math.max(...halves);
  const isAlike = widest <= MOST_APART * Math.min(...halves);
  return isSameZ && isAlike ? halves.map(() => widest) : [...halves];
}

/**
 * What another map shows when one has been zoomed or moved: as close, around the cursor's place on it.
 * @param {{x: Point, y: Point}} view of the map that leads
 * @param {{place: Point, half: number}} from the cursor on it, and its width when not zoomed
 * @param {{place: Point, half: number}} to the same of the other
 * @returns {{x: Point, y: Point}}
 */
export function followedRanges(view, from, to) {
  const scale = to.half / from.half;
  /** @param {Point} range @param {number} axis @returns {Point} */
  const follow = ([low, high], axis) => [
    to.place[axis] + (low - from.place[axis]) * scale,
    to.place[axis] + (high - from.place[axis]) * scale,
  ];
  return { x: follow(view.x, 0), y: follow(view.y, 1) };
}
