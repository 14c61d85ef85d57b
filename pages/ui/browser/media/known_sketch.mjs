import { OVERSAMPLING, Sketch } from "./sketch.mjs";

/** @import { Sample } from "./sketch.mjs" */

/** A pen without a colour rubs out: what lies under it is not known any more, and still there for whoever takes it back. */
/** @typedef {{color: readonly number[] | null, width: number}} Brush */

/** A pixel is known from this share on: of one that a stroke's edge crosses, more than half. */
const KNOWN_FROM = 0.5;
/** Greys of what is not known, in squares of so many fine pixels. */
const SQUARE = OVERSAMPLING;
const GREYS = [88, 120];

/** A drawing of which a part may be hidden: colours, and beside them what is known, stroke by stroke. */
export class KnownSketch {
  /** @param {readonly [number, number, number]} shape (C, H, W) of the model's images */
  constructor(shape) {
    this.colors = new Sketch(shape);
    this.known = new Sketch([1, shape[1], shape[2]]);
    this.known.load(new Float32Array(shape[1] * shape[2]).fill(1));
    /** Whether hidden parts mean anything; else all counts as known. */
    this.isAsking = false;
  }

  get shape() {
    return this.colors.shape;
  }

  get size() {
    return this.colors.size;
  }

  /** @param {Brush} brush @param {Sample} sample */
  begin({ color, width }, sample) {
    this.colors.begin({ color: color ?? [], width }, sample);
    this.known.begin({ color: [color ? 1 : 0], width }, sample);
  }

  /** @param {Sample} sample */
  extend(sample) {
    this.colors.extend(sample);
    this.known.extend(sample);
  }

  end() {
    this.colors.end();
    this.known.end();
  }

  /** @returns {boolean} whether there was anything to take back */
  undo() {
    this.known.end();
    return this.colors.undo() && this.known.undo();
  }

  /** Nothing but black; while it is asked, nothing known at all. */
  clear() {
    this.colors.clear();
    this.#know(() => !this.isAsking);
  }

  /** A picture of which all is known. @param {Float32Array} picture C·H·W, 0 to 1 */
  load(picture) {
    this.colors.load(picture);
    this.#know(() => true);
  }

  /** Hide the rows from here on downwards, besides what is hidden. @param {number} from */
  hideBelow(from) {
    const { isVisible } = this.visible();
    const width = this.shape[2];
    this.colors.load(this.colors.image());
    this.#know((pixel) => isVisible[pixel] === 1 && pixel < from * width);
  }

  /** @param {(pixel: number) => boolean} isKnown */
  #know(isKnown) {
    this.known.load(this.known.averages.map((_, pixel) => (isKnown(pixel) ? 1 : 0)));
  }

  /** What the model sees. @returns {Float32Array} C·H·W, 0 to 1 */
  image() {
    return this.isAsking ? this.visible().image : this.colors.image();
  }

  /** What is known, and where. @returns {import("../maths/visible.mjs").Visible} */
  visible() {
    const image = this.colors.image();
    const isVisible = new Uint8Array(image.length).fill(1);
    if (!this.isAsking) return { image, isVisible };
    const pixels = this.known.averages.length;
    this.known.averages.forEach((share, pixel) => {
      const isKnown = share > KNOWN_FROM;
      for (let index = pixel; index < image.length; index += pixels) {
        isVisible[index] = Number(isKnown);
        if (isKnown && share < 1) image[index] = this.#knownAt(index, pixel);
      }
    });
    return { image, isVisible };
  }

  /** The mean of what is known of a pixel: what was rubbed out beside it has no say. @param {number} index @param {number} pixel */
  #knownAt(index, pixel) {
    const [width, fineWidth] = [this.shape[2], this.size[1]];
    const plane = (index - pixel) * OVERSAMPLING ** 2;
    const corner = OVERSAMPLING * (Math.floor(pixel / width) * fineWidth + (pixel % width));
    let [sum, weight] = [0, 0];
    for (let y = 0; y < OVERSAMPLING; y++) {
      for (let at = corner + y * fineWidth; at < corner + y * fineWidth + OVERSAMPLING; at++) {
        sum += this.known.fine[at] * this.colors.fine[plane + at];
        weight += this.known.fine[at];
      }
    }
    return sum / weight;
  }

  /** Squares of grey over what is not known. @param {Uint8ClampedArray} rgba fine pixels, in place */
  paintHidden(rgba) {
    if (!this.isAsking) return;
    const width = this.size[1];
    this.known.fine.forEach((share, pixel) => {
      if (share === 1) return;
      const [column, row] = [Math.floor((pixel % width) / SQUARE), Math.floor(pixel / width / SQUARE)];
      const grey = GREYS[(column + row) % 2];
      for (let index = 4 * pixel; index < 4 * pixel + 3; index++) rgba[index] = share * rgba[index] + (1 - share) * grey;
    });
  }
}
