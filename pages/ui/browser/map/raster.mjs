import { channels } from "../lib/theme.mjs";
import { clamp, isInOutline } from "../maths/coordinates.mjs";
import { cornersOf } from "../legend/symbols.mjs";

/** @import { Corners } from "../legend/symbols.mjs" */
/** @import { Places } from "../model/travel.mjs" */
/** @import { View } from "../maths/coordinates.mjs" */

/**
 * Points straight into pixels, without a graphics card and without the canvas's own drawing, so that every browser shows
 * the same picture. A pixel's colour is that of the points on it, the later over the earlier; how opaque it is says how
 * many they are.
 */

/** What a pixel that a symbol covers wholly gets of it. */
const WHOLE = 64;
/** Symbols are set down to half a pixel; the smallest to a whole one, which nobody sees among so many. */
const PHASES = 2;
const ONE_PHASE_BELOW = 1.6;
/** A smaller symbol is a pixel. */
const PIXEL_BELOW = 1.25;
/** How finely a symbol's share of a pixel is found, each way. */
const SAMPLES = 4;
/** So many points on one pixel are opaque at least: where two overlap, one must see that they are two. */
const LEAST_DEPTH = 4;
/** Opacities are looked up for so many points on a pixel, and calculated for more. */
const LISTED = 64;

/**
 * A symbol whose middle lies at one of the places within a pixel that are told apart: the pixels that it touches.
 * @typedef {object} Stamp
 * @property {Int32Array} columns from the pixel that its middle is in
 * @property {Int32Array} rows
 * @property {Uint8Array} shares of each pixel that it covers, 1 to `WHOLE`
 *
 * All symbols for a picture of a certain width: the pixels of slot n, which is the n-th place within a pixel of the first
 * value, then of the next, are those from starts[n] to starts[n + 1].
 * @typedef {object} Slots
 * @property {number} phases how many places within a pixel, each way
 * @property {Int32Array} starts
 * @property {Int32Array} distances from the pixel that the middle is in, counted in pixels of the picture
 * @property {Uint8Array} shares
 *
 * How the values of points look: the n-th colour and symbol are those of value n; symbols begin again at the end.
 * @typedef {{colors: readonly string[], symbols: readonly string[]}} Palette
 *
 * What points are set down on. cover: how much one hides of what is below it, 0 to 256; weights: as `weightsOf` gives them
 * @typedef {{colors: Int32Array, depths: Int32Array, cover: number, weights: Uint16Array}} Target
 *
 * Where points lie among these pixels: (left + x · scaleX, top − y · scaleY), of which those from `from` to `right`, `bottom`
 * are drawn.
 * @typedef {{stride: number, left: number, top: number, scaleX: number, scaleY: number, from: number, right: number, bottom: number}} Frame
 */

/**
 * Smaller and fainter, the more there are; smaller on a small map.
 * @param {number} count in view @param {number} width of the map in CSS pixels
 * @returns {{size: number, opacity: number}} CSS pixels across; of a point alone, 0 to 1
 */
export function pointStyle(count, width) {
  const magnitude = clamp(Math.log10(Math.max(1, count)) - 3, 0, 3); // 0 up to a thousand, 3 from a million on
  const scale = clamp(width / 600, 0.65, 1);
  const beyond = Math.max(0, magnitude - 2); // a hundred thousand: soon a pixel each, or they would take longer than a frame
  return { size: Math.max(1, scale * (6 - 1.5 * magnitude - 0.2 * magnitude ** 2 - 3 * beyond)), opacity: 0.85 - 0.17 * magnitude };
}

/** One for each place within a pixel, row by row. @param {string} symbol @param {number} size in pixels @returns {Stamp[]} */
export function stampsOf(symbol, size) {
  if (size < PIXEL_BELOW) return [{ columns: Int32Array.of(0), rows: Int32Array.of(0), shares: Uint8Array.of(WHOLE) }];
  const phases = size < ONE_PHASE_BELOW ? 1 : PHASES;
  const corners = cornersOf(symbol, size / 2);
  const places = Array.from({ length: phases }, (_, phase) => (phase + 0.5) / phases);
  return places.flatMap((y) => places.map((x) => stampAt(corners, x, y)));
}

/** @param {Corners} corners about the origin @param {number} x of the middle within its pixel, 0 to 1 @param {number} y @returns {Stamp} */
function stampAt(corners, x, y) {
  const [xs, ys] = [corners.map((corner) => corner[0] + x), corners.map((corner) => corner[1] + y)];
  const [columns, rows, shares] = [[0], [0], [0]].map(() => /** @type {number[]} */ ([]));
  for (let row = Math.floor(Math.min(...ys)); row < Math.max(...ys); row++) {
    for (let column = Math.floor(Math.min(...xs)); column < Math.max(...xs); column++) {
      const share = shareOf(corners, column - x, row - y);
      if (share) (columns.push(column), rows.push(row), shares.push(share));
    }
  }
  return { columns: Int32Array.from(columns), rows: Int32Array.from(rows), shares: Uint8Array.from(shares) };
}

/** How much of a pixel lies inside a polygon, 0 to `WHOLE`. @param {Corners} corners @param {number} left of the pixel @param {number} top */
function shareOf(corners, left, top) {
  let inside = 0;
  for (let sample = 0; sample < SAMPLES * SAMPLES; sample++) {
    const x = left + ((sample % SAMPLES) + 0.5) / SAMPLES;
    const y = top + (Math.floor(sample / SAMPLES) + 0.5) / SAMPLES;
    inside += Number(isInOutline(corners, x, y));
  }
  return (inside * WHOLE) / (SAMPLES * SAMPLES);
}

/** Draws points into pixels of its own, which it keeps for the next picture. */
export class Raster {
  /** Of the plot area, in pixels. */
  #width = 0;
  #height = 0;
  /** Pixels around the plot area that are not shown: symbols reach into them from the area's edge, and from beyond it. */
  #margin = 0;
  /** RGB of each pixel, row by row, margin included. */
  #colors = new Int32Array();
  /** How much lies on each pixel: `WHOLE` for one point that covers it. */
  #depths = new Int32Array();
  /** RGBA without the margin. */
  #picture = new Int32Array();
  #dressed = "";
  /** @type {Stamp[][]} by symbol, one for each place within a pixel */
  #stamps = [];
  /** @type {Slots} for a picture of this width */
  #slots = { phases: 1, starts: Int32Array.of(0), distances: new Int32Array(), shares: new Uint8Array() };
  /** RGB by value. */
  #inks = new Int32Array();
  #cover = -1;
  /** As `weightsOf` gives them for this cover: a moving map asks for the same at every frame. @type {Uint16Array} */
  #weights = new Uint16Array();

  /** @param {Palette} palette @param {number} size of a point in pixels of the picture */
  dress({ colors, symbols }, size) {
    const dressed = [...colors, ...symbols, size].join();
    if (dressed === this.#dressed) return;
    this.#dressed = dressed;
    this.#inks = Int32Array.from(colors, inkOf);
    this.#stamps = symbols.map((symbol) => stampsOf(symbol, size));
    this.#layOut();
  }

  #layOut() {
    const reaches = this.#stamps.flat().map(({ columns, rows }) => Math.max(...columns.map(Math.abs), ...rows.map(Math.abs)));
    this.#margin = 2 * (1 + Math.max(0, ...reaches));
    const pixels = this.#stride * (this.#height + 2 * this.#margin);
    if (pixels !== this.#depths.length) [this.#colors, this.#depths] = [new Int32Array(pixels), new Int32Array(pixels)];
    this.#slots = slotsOf(Array.from(this.#inks, (_, value) => this.#stamps[value % this.#stamps.length]), this.#stride);
  }

  /** Pixels of a row, margin included. */
  get #stride() {
    return this.#width + 2 * this.#margin;
  }

  /**
   * Draw points, the later over the earlier, in the plot area alone.
   * @param {Places} places @param {ArrayLike<number>} values of the points; those that the palette does not have are not drawn
   * @param {View} view in pixels of the picture @param {number} opacity of a point alone, 0 to 1
   * @param {(value: number) => boolean} isShown
   * @returns {{pixels: Uint8ClampedArray<ArrayBuffer>, left: number, top: number, width: number, height: number}} RGBA of the
   *   plot area, row by row, and where it lies; the next picture overwrites it
   */
  draw(places, values, view, opacity, isShown) {
    const [left, top, width, height] = [view.left, view.top, view.width, view.height].map(Math.round);
    if (width !== this.#width || height !== this.#height) {
      [this.#width, this.#height, this.#picture] = [width, height, new Int32Array(width * height)];
      this.#layOut();
    }
    this.#depths.fill(0);
    const cover = Math.round(256 * opacity);
    if (cover !== this.#cover) [this.#cover, this.#weights] = [cover, weightsOf(cover)];
    const target = { colors: this.#colors, depths: this.#depths, cover, weights: this.#weights };
    const shown = Uint8Array.from(this.#inks, (_, value) => Number(isShown(value)));
    const frame = this.#frame({ ...view, left: view.left - left, top: view.top - top });
    const areSingle = this.#stamps.every((stamps) => stamps[0].shares.length === 1);
    if (areSingle) setPixels(target, frame, places, values, this.#inks, shown);
    else setSymbols(target, frame, places, values, this.#inks, shown, this.#slots);
    this.#finish(opacity);
    return { pixels: new Uint8ClampedArray(this.#picture.buffer), left, top, width, height };
  }

  /** @param {View} view from the plot area's corner @returns {Frame} */
  #frame({ left, top, width, height, x, y }) {
    const margin = this.#margin;
    const [scaleX, scaleY] = [width / (x[1] - x[0]), height / (y[1] - y[0])];
    const from = margin / 2;
    const stride = this.#stride;
    const [right, bottom] = [stride - from, this.#height + 2 * margin - from];
    return { stride, left: margin + left - x[0] * scaleX, top: margin + top + y[1] * scaleY, scaleX, scaleY, from, right, bottom };
  }

  /** @param {number} opacity of a point alone, 0 to 1 */
  #finish(opacity) {
    const [colors, depths, picture, stride] = [this.#colors, this.#depths, this.#picture, this.#stride];
    const most = deepest(depths);
    const listed = opacities(Math.min(most, LISTED * WHOLE), most, opacity);
    for (let row = 0, pixel = 0; row < this.#height; row++) {
      let from = (row + this.#margin) * stride + this.#margin;
      for (let column = 0; column < this.#width; column++, pixel++, from++) {
        const depth = depths[from];
        if (depth === 0) picture[pixel] = 0;
        else picture[pixel] = colors[from] | ((depth < listed.length ? listed[depth] : opacityAt(depth, most, opacity)) << 24);
      }
    }
  }
}

/** 0xBBGGRR, as little-endian RGBA has it. @param {string} color */
function inkOf(color) {
  const [red, green, blue] = channels(color) ?? [128, 128, 128];
  return red | (green << 8) | (blue << 16);
}

/** @param {readonly (readonly Stamp[])[]} stamps by value @param {number} stride of the picture @returns {Slots} */
function slotsOf(stamps, stride) {
  const all = stamps.flat();
  const starts = new Int32Array(all.length + 1);
  all.forEach(({ shares }, slot) => (starts[slot + 1] = starts[slot] + shares.length));
  const distances = new Int32Array(starts[all.length]);
  const shares = new Uint8Array(distances.length);
  all.forEach((stamp, slot) => {
    distances.set(stamp.columns.map((column, each) => stamp.rows[each] * stride + column), starts[slot]);
    shares.set(stamp.shares, starts[slot]);
  });
  return { phases: Math.sqrt(stamps[0]?.length ?? 1), starts, distances, shares };
}

/**
 * Set down a symbol at each point. All in one loop over flat arrays: at a million points every step counts.
 * @param {Target} target @param {Frame} frame @param {Places} places @param {ArrayLike<number>} values @param {Int32Array} inks by value
 * @param {Uint8Array} shown 1 by value, 0 for what is not shown @param {Slots} slots
 */
function setSymbols({ colors, depths, weights }, frame, { x, y }, values, inks, shown, { phases, starts, distances, shares }) {
  const { stride, left, top, scaleX, scaleY, from, right, bottom } = frame;
  for (let point = 0; point < values.length; point++) {
    const px = left + x[point] * scaleX;
    if (!(px >= from && px < right)) continue;
    const py = top - y[point] * scaleY;
    if (!(py >= from && py < bottom)) continue;
    const value = values[point];
    if (!shown[value]) continue;
    const column = px | 0;
    const row = py | 0;
    const phase = phases * ((phases * (py - row)) | 0) + ((phases * (px - column)) | 0);
    const slot = value * phases * phases + phase;
    const middle = row * stride + column;
    const ink = inks[value];
    for (let each = starts[slot]; each < starts[slot + 1]; each++) {
      const pixel = middle + distances[each];
      const share = shares[each];
      const depth = depths[pixel];
      depths[pixel] = (depth + share) | 0;
      if (depth === 0) colors[pixel] = ink;
      else colors[pixel] = mixed(colors[pixel], ink, weights[(share << 6) | (depth < WHOLE ? depth : 0)]);
    }
  }
}

/**
 * The same where each symbol is one pixel.
 * @param {Target} target @param {Frame} frame @param {Places} places @param {ArrayLike<number>} values @param {Int32Array} inks
 * @param {Uint8Array} shown
 */
function setPixels({ colors, depths, cover }, frame, { x, y }, values, inks, shown) {
  const { stride, left, top, scaleX, scaleY, from, right, bottom } = frame;
  for (let point = 0; point < values.length; point++) {
    const px = left + x[point] * scaleX;
    if (!(px >= from && px < right)) continue;
    const py = top - y[point] * scaleY;
    if (!(py >= from && py < bottom)) continue;
    const value = values[point];
    if (!shown[value]) continue;
    const pixel = (py | 0) * stride + (px | 0);
    const depth = depths[pixel];
    depths[pixel] = (depth + WHOLE) | 0;
    colors[pixel] = depth === 0 ? inks[value] : mixed(colors[pixel], inks[value], cover);
  }
}

/**
 * How much of a pixel's colour is that of a symbol that is set down on it, 0 to 256, at [share · `WHOLE` + depth], where
 * depth is less than `WHOLE`, and 0 for all that is deeper.
 * @param {number} cover of a symbol that covers the pixel wholly, 0 to 256 @returns {Uint16Array}
 */
function weightsOf(cover) {
  return Uint16Array.from({ length: (WHOLE + 1) * WHOLE }, (_, index) => {
    const [share, depth] = [Math.floor(index / WHOLE), index % WHOLE];
    const [upper, lower] = [(share * cover) / (256 * WHOLE), (depth * cover) / (256 * WHOLE)];
    return depth ? (256 * upper) / (upper + lower - upper * lower) : 256 * upper;
  });
}

/** @param {number} lower 0xBBGGRR @param {number} upper @param {number} share of the upper, 0 to 256 */
function mixed(lower, upper, share) {
  const rest = 256 - share;
  const redBlue = (Math.imul(lower & 0xff00ff, rest) + Math.imul(upper & 0xff00ff, share) + 0x800080) >>> 8;
  const green = (Math.imul(lower & 0x00ff00, rest) + Math.imul(upper & 0x00ff00, share) + 0x8000) >>> 8;
  return (redBlue & 0xff00ff) | (green & 0x00ff00);
}

/** @param {Int32Array} depths */
function deepest(depths) {
  let most = 0;
  for (let pixel = 0; pixel < depths.length; pixel++) if (depths[pixel] > most) most = depths[pixel];
  return most;
}

/**
 * How opaque a pixel is, 0 to 255: up to one point in proportion, from there with the logarithm of their number, so that
 * the deepest is opaque, and what lies beside it can be seen beside a thousand times as much.
 * @param {number} depth @param {number} most @param {number} opacity of one point, 0 to 1
 */
export function opacityAt(depth, most, opacity) {
  if (depth <= WHOLE) return Math.round((255 * opacity * depth) / WHOLE);
  const share = Math.log(depth / WHOLE) / Math.log(Math.max(LEAST_DEPTH, most / WHOLE));
  return Math.round(255 * Math.min(1, opacity + (1 - opacity) * share));
}

/** Of all depths from 0 to `last`. @param {number} last @param {number} most @param {number} opacity */
const opacities = (last, most, opacity) => Uint8Array.from({ length: last + 1 }, (_, depth) => opacityAt(depth, most, opacity));
