/** @typedef {{left: number, top: number, right: number, bottom: number}} Bounds in pixels; right and bottom are the first beyond */

/** Pixels of the drawing per pixel of the model, on each axis. */
export const OVERSAMPLING = 8;

/**
 * A drawing in pixels: fine ones to be looked at, and their averages, which are what the model sees. Only what a stroke
 * has changed is drawn and averaged again.
 */
export class Sketch {
  /** The stroke under way covers pixels once, however often it crosses itself. @type {Stroke | null} */
  #stroke = null;

  /** @param {readonly [number, number, number]} shape (C, H, W) of the model's images */
  constructor([channels, height, width]) {
    this.shape = [channels, height, width];
    /** @type {[number, number]} [height, width] in fine pixels */
    this.size = [OVERSAMPLING * height, OVERSAMPLING * width];
    this.pixels = this.size[0] * this.size[1];
    /** C planes of fine pixels, 0 to 1: what is to be seen. */
    this.fine = new Float32Array(channels * this.pixels);
    this.below = new Float32Array(channels * this.pixels);
    this.mask = new Uint8Array(this.pixels);
    this.averages = new Float32Array(channels * height * width);
    this.strokes = new Strokes(new Float32Array(channels * height * width));
  }

  /** What the model sees. @returns {Float32Array} C·H·W, 0 to 1 */
  image() {
    return this.averages.slice();
  }

  /** @param {Pen} pen @param {Sample} sample */
  begin(pen, sample) {
    this.end();
    this.strokes.begin(pen, sample);
    this.#stroke = { ...pen, samples: [] };
    this.#draw(this.#stroke, sample, sample);
  }

  /** Draw on to a sample; nothing where no stroke is under way. @param {Sample} sample */
  extend(sample) {
    if (this.#stroke) this.#draw(this.#stroke, this.strokes.extend(sample), sample);
  }

  end() {
    if (!this.#stroke) return;
    this.#stroke = null;
    this.below.set(this.fine);
    this.mask.fill(0);
  }

  /** @returns {boolean} whether there was anything to take back */
  undo() {
    this.end();
    const isChanged = this.strokes.undo();
    if (isChanged) this.#redraw();
    return isChanged;
  }

  /** Nothing but black. */
  clear() {
    this.load(new Float32Array(this.averages.length));
  }

  /** A picture to look at and to draw on. @param {Float32Array} picture C·H·W, 0 to 1; what lies outside is clipped */
  load(picture) {
    this.end();
    this.strokes.turn(picture.map((value) => Math.min(Math.max(value, 0), 1)));
    this.#redraw();
  }

  #redraw() {
    const { picture, strokes } = this.strokes.page;
    this.#enlarge(picture);
    for (const stroke of strokes) {
      let before = stroke.samples[0];
      for (const sample of stroke.samples) {
        this.#cover(stroke, before, sample);
        before = sample;
      }
      this.#blend(stroke, this.#whole);
      this.below.set(this.fine);
      this.mask.fill(0);
    }
    this.#average(this.#whole);
  }

  get #whole() {
    return { left: 0, top: 0, right: this.size[1], bottom: this.size[0] };
  }

  /** @param {Stroke} stroke @param {Sample} from @param {Sample} to */
  #draw(stroke, from, to) {
    const bounds = this.#cover(stroke, from, to);
    this.#blend(stroke, bounds);
    this.#average(bounds);
  }

  /** @param {Stroke} stroke @param {Sample} from @param {Sample} to */
  #cover(stroke, from, to) {
    return cover(this.mask, this.size, spotOf(from, stroke, this.size), spotOf(to, stroke, this.size));
  }

  /** The pen's colour over what was there before the stroke. @param {Pen} pen @param {Bounds} bounds */
  #blend({ color }, { left, top, right, bottom }) {
    const width = this.size[1];
    color.forEach((value, channel) => {
      for (let row = top; row < bottom; row++) {
        for (let column = left; column < right; column++) {
          const index = row * width + column;
          const under = this.below[channel * this.pixels + index];
          this.fine[channel * this.pixels + index] = under + (this.mask[index] / 255) * (value - under);
        }
      }
    });
  }

  /** @param {Bounds} bounds in fine pixels */
  #average({ left, top, right, bottom }) {
    const [channels, height, width] = this.shape;
    const [from, to] = [Math.floor(left / OVERSAMPLING), Math.ceil(right / OVERSAMPLING)];
    for (let channel = 0; channel < channels; channel++) {
      for (let row = Math.floor(top / OVERSAMPLING); row * OVERSAMPLING < bottom; row++) {
        for (let column = from; column < to; column++) {
          this.averages[(channel * height + row) * width + column] = this.#averageAt(channel, row, column);
        }
      }
    }
  }

  /** @param {number} channel @param {number} row of the model's pixels @param {number} column */
  #averageAt(channel, row, column) {
    const width = this.size[1];
    const start = channel * this.pixels + OVERSAMPLING * (row * width + column);
    let sum = 0;
    for (let y = 0; y < OVERSAMPLING; y++) {
      for (let x = 0; x < OVERSAMPLING; x++) sum += this.fine[start + y * width + x];
    }
    return sum / OVERSAMPLING ** 2;
  }

  /** Each of the model's pixels as a square of fine ones. @param {Float32Array} picture */
  #enlarge(picture) {
    const [channels, height, width] = this.shape;
    const fineWidth = this.size[1];
    for (let row = 0; row < channels * height; row++) {
      const start = row * OVERSAMPLING * fineWidth;
      for (let column = 0; column < fineWidth; column++) {
        this.below[start + column] = picture[row * width + Math.floor(column / OVERSAMPLING)];
      }
      for (let y = 1; y < OVERSAMPLING; y++) {
        this.below.copyWithin(start + y * fineWidth, start, start + fineWidth);
      }
    }
    this.fine.set(this.below);
  }
}

/** What a hand has drawn: strokes of a round pen, and how they cover pixels. Pure. */


/**
 * Where the pen was.
 * @typedef {object} Sample
 * @property {number} x share of the width, 0 to 1 from the left; beyond, outside
 * @property {number} y share of the height, from the top
 * @property {number} [pressure] how much thicker or thinner the pen is there; 1 for what knows no pressure
 *
 * @typedef {object} Pen
 * @property {readonly number[]} color one value per channel, 0 to 1; none at all for a stroke that leaves all as it is
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
      const index = row * width + column;
      mask[index] = Math.max(mask[index], 255 * Math.min(inside, 1));
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
function spotOf({ x, y, pressure = 1 }, { width: share }, [height, width]) {
  return { x: x * width, y: y * height, radius: (pressure * share * Math.min(height, width)) / 2 };
}

/**
 * Strokes upon pictures, and the way back. A picture begins a new page: what was drawn before it can still be come back
 * to, but not what was before that, so that an afternoon of drawing does not pile up.
 */
class Strokes {
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
