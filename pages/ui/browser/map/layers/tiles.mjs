import { toRgba } from "../../media/painter.mjs";

/** Memory for small pictures, 4 bytes a pixel. */
const MOST_BYTES = 32 * 2 ** 20;

/**
 * Numbers 0 … capacity − 1, given to keys; when all are taken, the key unused for longest gives up its own.
 * @template K
 */
export class Slots {
  /** @param {number} capacity */
  constructor(capacity) {
    this.capacity = capacity;
    /** @type {Map<K, number>} least recently used first, as a Map keeps the order of insertion */
    this.slots = new Map();
  }

  /** @param {K} key */
  has(key) {
    return this.slots.has(key);
  }

  /** The key's slot, which counts as a use. @param {K} key @returns {number | undefined} */
  find(key) {
    const slot = this.slots.get(key);
    if (slot === undefined) return undefined;
    this.slots.delete(key);
    this.slots.set(key, slot);
    return slot;
  }

  /** The key's slot, or one made free for it. @param {K} key @returns {number} */
  take(key) {
    const known = this.find(key);
    if (known !== undefined) return known;
    const slot = this.slots.size < this.capacity ? this.slots.size : this.#evict();
    this.slots.set(key, slot);
    return slot;
  }

  #evict() {
    const [[oldest, slot]] = this.slots;
    this.slots.delete(oldest);
    return slot;
  }

  clear() {
    this.slots.clear();
  }
}

/**
 * Small pictures of one shape, side by side on a canvas that nobody sees, ready to be drawn at any size.
 * @template K
 */
export class Tiles {
  /** @param {readonly [number, number, number]} shape (C, H, W) @param {number} most pictures that are kept */
  constructor([channels, height, width], most) {
    const capacity = Math.max(256, Math.min(most, Math.floor(MOST_BYTES / (4 * width * height))));
    this.channels = channels;
    this.height = height;
    this.width = width;
    this.columns = Math.ceil(Math.sqrt(capacity));
    /** @type {Slots<K>} */
    this.slots = new Slots(capacity);
    const sheet = new OffscreenCanvas(this.columns * width, Math.ceil(capacity / this.columns) * height);
    this.sheet = sheet;
    // Kept in memory, where we write it: on a graphics card each picture would be an upload.
    this.context = sheet.getContext("2d", { alpha: false, willReadFrequently: true });
    this.pixels = new ImageData(width, height);
  }

  /** @param {K} key */
  has(key) {
    return this.slots.has(key);
  }

  /**
   * @param {K} key @param {ArrayLike<number>} image C·H·W values
   * @param {number} scale 255 for floats, 1 for bytes
   */
  put(key, image, scale) {
    toRgba(image, this.channels, this.pixels.data, scale);
    this.context?.putImageData(this.pixels, ...this.#corner(this.slots.take(key)));
  }

  /**
   * Draw a picture as large as fits into a square about (x, y), its own proportions kept.
   * @param {CanvasRenderingContext2D} context @param {K} key
   * @param {number} x in the canvas's own pixels @param {number} y @param {number} side
   */
  draw(context, key, x, y, side) {
    const slot = this.slots.find(key);
    if (slot === undefined) return;
    const scale = side / Math.max(this.width, this.height);
    const [left, top] = [Math.round(x - (scale * this.width) / 2), Math.round(y - (scale * this.height) / 2)];
    const right = Math.round(x + (scale * this.width) / 2); // rounded, so that neighbours meet without a seam
    const bottom = Math.round(y + (scale * this.height) / 2);
    const from = this.#corner(slot);
    context.drawImage(this.sheet, ...from, this.width, this.height, left, top, right - left, bottom - top);
  }

  /** @param {number} slot @returns {[number, number]} */
  #corner(slot) {
    return [(slot % this.columns) * this.width, Math.floor(slot / this.columns) * this.height];
  }

  clear() {
    this.slots.clear();
  }
}
