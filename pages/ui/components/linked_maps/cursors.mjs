import { hookText } from "../../browser/lib/format.mjs";
import { NeighbourGrid } from "../../browser/maths/neighbours.mjs";
import { byImage } from "../../browser/model/embedding.mjs";
import { lift, project } from "../../browser/model/plane.mjs";
import { nextTowards, sharedImages } from "./shared_images.mjs";

/** @import { Point } from "../../browser/lib/types.mjs" */
/** @import { Embedding } from "../../browser/model/embedding.mjs" */
/** @import { Plane } from "../../browser/model/plane.mjs" */
/** @import { SharedImages } from "./shared_images.mjs" */
/** @import { CursorState } from "../../browser/lib/contract.mjs" */

/**
 * What one cursor means on several maps.
 * @typedef {object} Cursor
 * @property {(index: number, embedding: Embedding) => void} know the points of a model have come, or changed
 * @property {(index: number, position: Point, isKey: boolean) => void} move on the map of one model; isKey: by a key, not by dragging
 * @property {(index: number) => readonly number[] | null} z (D,), where it stands for a model; null while that is unknown
 * @property {CursorState} state
 * @property {(state: CursorState) => void} adopt
 * @property {(index: number) => number | null} label of the image it stands for; null for none
 */

/** The same z for every model: their latent spaces have equally many dimensions, and all maps show the same two. */
export class SameZ {
  /** @param {Plane} plane */
  constructor(plane) {
    this.plane = plane;
    /** @type {number[]} */
    this.point = Array.from(plane.origin, () => 0);
  }

  know() {} // the same z needs no points

  /** @param {number} _index @param {Point} position */
  move(_index, position) {
    this.point = [...lift(this.plane, position, this.point)];
  }

  /** @returns {readonly number[]} */
  z() {
    return this.point;
  }

  label() {
    return null;
  }

  /** @returns {CursorState} */
  get state() {
    return { z: hookText(this.point).split(",").map(Number) };
  }

  /** Coordinates that are missing are 0, the prior's mean. @param {CursorState} state */
  adopt({ z = [] }) {
    this.point = this.point.map((_, dimension) => z[dimension] ?? 0);
  }
}

/** The same held-out image through every model: the cursor snaps to images, each where it lies on each map. */
export class SameImage {
  /** @param {readonly Plane[]} planes */
  constructor(planes) {
    this.planes = planes;
    /** @type {(Embedding | null)[]} */
    this.embeddings = planes.map(() => null);
    /** @type {(ReturnType<typeof byImage> | null)[]} */
    this.posteriors = planes.map(() => null);
    /** @type {SharedImages} */
    this.shared = { images: new Int32Array(), rows: planes.map(() => new Int32Array()) };
    /** @type {NeighbourGrid[]} of the shared images on each map */
    this.grids = [];
    /** @type {number | null} its number, null until it is known which there are */
    this.image = null;
    this.index = -1;
  }

  /** @param {number} index @param {Embedding} embedding */
  know(index, embedding) {
    this.embeddings[index] = embedding;
    this.posteriors[index] = embedding.exact.now && byImage(embedding.exact.now);
    const all = this.embeddings.filter((each) => each !== null);
    if (all.length < this.planes.length) return;
    this.shared = sharedImages(all.map(({ index }) => index));
    this.grids = all.map(({ x, y }, each) => {
      const rows = this.shared.rows[each];
      return new NeighbourGrid(Float32Array.from(rows, (row) => x[row]), Float32Array.from(rows, (row) => y[row]));
    });
    this.#find();
  }

  /** The image that is asked for, or the first where there is none such. */
  #find() {
    const { images } = this.shared;
    this.index = this.image === null ? -1 : images.indexOf(this.image);
    if (this.index < 0 && images.length) this.#choose(0);
  }

  /** @param {number} index among the shared images */
  #choose(index) {
    this.index = index;
    this.image = this.shared.images[index];
  }

  /** @param {number} index @param {Point} position @param {boolean} isKey */
  move(index, position, isKey) {
    const grid = this.grids[index];
    if (this.index < 0 || !grid) return;
    this.#choose(isKey ? nextTowards(grid.x, grid.y, this.index, position) : grid.nearest(...position, 1).rows[0]);
  }

  /** @param {number} index */
  label(index) {
    return this.index < 0 ? null : (this.embeddings[index]?.labels[this.shared.rows[index][this.index]] ?? null);
  }

  /** The posterior's mean. @param {number} index @returns {readonly number[] | null} */
  z(index) {
    const embedding = this.embeddings[index];
    if (this.index < 0 || !embedding) return null;
    const row = this.shared.rows[index][this.index];
    const stored = this.posteriors[index]?.(embedding.index[row]);
    return stored ? [...stored.mu] : null;
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

/** Where it stands on a map. @param {Cursor} cursor @param {number} index @param {Plane} plane @returns {Point | null} */
export function positionOf(cursor, index, plane) {
  const z = cursor.z(index);
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
 * What another map shows when one has been zoomed or moved: as close, around the cursor's position on it.
 * @param {{x: Point, y: Point}} view of the map that leads
 * @param {{position: Point, half: number}} from the cursor on it, and its width when not zoomed
 * @param {{position: Point, half: number}} to the same of the other
 * @returns {{x: Point, y: Point}}
 */
export function followedRanges(view, from, to) {
  const scale = to.half / from.half;
  /** @param {Point} range @param {number} axis @returns {Point} */
  const follow = ([low, high], axis) => [
    to.position[axis] + (low - from.position[axis]) * scale,
    to.position[axis] + (high - from.position[axis]) * scale,
  ];
  return { x: follow(view.x, 0), y: follow(view.y, 1) };
}
