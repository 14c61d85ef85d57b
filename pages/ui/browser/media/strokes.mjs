/** What a hand has drawn: strokes of a round pen, and how they cover pixels. Pure. */

/** @import { Bounds } from "../map/raster.mjs" */

/**
 * Where the pen was.
 * @typedef {object} Sample
 * @property {number} x share of the width, 0 to 1 from the left; beyond, outside
 * @property {number} y share of the height, from the top
 * @property {number} [pressure] how much thicker or thinner the pen is there; 1 for what knows no pressure
 *
 * @typedef {object} Pen
 * @property {readonly number[]} color one value per channel, 0 to 1
 * @property {number} width share of the shorter side
 *
 * @typedef {Pen & {samples: Sample[]}} Stroke
 */

/** A round spot of the pen, in pixels. @typedef {{x: number, y: number, radius: number}} Spot */

/** Pens report half of the full pressure for an ordinary hand: that is the pen's own width. */
const THINNEST = 0.4;
const PER_PRESSURE = 1.2;

/**
 * What pressure makes of a pen's width. Mice have none and always report ½; fingers report what they like.
 * @param {{pointerType: string, pressure: number}} event @returns {number}
 */
export function pressureOf({ pointerType, pressure }) {
  return pointerType === "pen" && pressure > 0 ? THINNEST + PER_PRESSURE * pressure : 1;
}

/**
 * The way of a pen between two samples: all spots between the two, so that a fast stroke has no gaps.
 * @param {Uint8Array} mask height·width, 0 to 255; covered where it is more than before
 * @param {readonly [number, number]} size [height, width]
 * @param {Spot} from @param {Spot} to
 * @returns {Bounds} what may have changed
 */
export function cover(mask, [height, width], from, to) {
  const bounds = boundsOf([height, width], from, to);
  const [dx, dy, growth] = [to.x - from.x, to.y - from.y, to.radius - from.radius];
  const squared = dx * dx + dy * dy || 1; // a spot that did not move is a way of length 0
  for (let row = bounds.top; row < bounds.bottom; row++) {
    const y = row + 0.5 - from.y;
    for (let column = bounds.left; column < bounds.right; column++) {
      const x = column + 0.5 - from.x;
      const along = Math.min(Math.max((x * dx + y * dy) / squared, 0), 1);
      const [offX, offY] = [x - along * dx, y - along * dy];
      const inside = from.radius + along * growth - Math.sqrt(offX * offX + offY * offY) + 0.5;
      if (inside <= 0) continue;
      const at = row * width + column;
      mask[at] = Math.max(mask[at], 255 * Math.min(inside, 1));
    }
  }
  return bounds;
}

/** @param {readonly [number, number]} size @param {Spot} from @param {Spot} to @returns {Bounds} */
function boundsOf([height, width], from, to) {
  const reach = Math.max(from.radius, to.radius) + 1;
  return {
    left: Math.max(0, Math.floor(Math.min(from.x, to.x) - reach)),
    top: Math.max(0, Math.floor(Math.min(from.y, to.y) - reach)),
    right: Math.min(width, Math.ceil(Math.max(from.x, to.x) + reach)),
    bottom: Math.min(height, Math.ceil(Math.max(from.y, to.y) + reach)),
  };
}

/** @param {Sample} sample @param {Pen} pen @param {readonly [number, number]} size [height, width] @returns {Spot} */
export function spotOf({ x, y, pressure = 1 }, { width: share }, [height, width]) {
  return { x: x * width, y: y * height, radius: (pressure * share * Math.min(height, width)) / 2 };
}

/**
 * Strokes upon pictures, and the way back. A picture begins a new page: what was drawn before it can still be come back
 * to, but not what was before that, so that an afternoon of drawing does not pile up.
 */
export class Strokes {
  /** @param {Float32Array} picture to begin with */
  constructor(picture) {
    /** @type {{picture: Float32Array, strokes: Stroke[]}[]} the page before, and the present one */
    this.pages = [{ picture, strokes: [] }];
  }

  /** @returns {{picture: Float32Array, strokes: Stroke[]}} */
  get page() {
    return this.pages[this.pages.length - 1];
  }

  /** @param {Pen} pen @param {Sample} sample */
  begin({ color, width }, sample) {
    this.page.strokes.push({ color, width, samples: [sample] });
  }

  /** @param {Sample} sample @returns {Sample} the one before it */
  extend(sample) {
    const { samples } = this.page.strokes[this.page.strokes.length - 1];
    const before = samples[samples.length - 1];
    samples.push(sample);
    return before;
  }

  /** @param {Float32Array} picture */
  turn(picture) {
    this.pages = [this.page, { picture, strokes: [] }];
  }

  /** Take back the last stroke, or the picture if nothing was drawn on it. @returns {boolean} whether there was any */
  undo() {
    if (this.page.strokes.pop()) return true;
    if (this.pages.length === 1) return false;
    this.pages.pop();
    return true;
  }
}
