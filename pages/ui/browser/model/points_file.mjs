import { Explained } from "../lib/fetching.mjs";

/** @import { PointsHeader } from "../lib/contract.mjs" */
/** @import { Labels } from "./embedding.mjs" */

/** The largest number that a coordinate travels as. */
export const TOP = 65_535;
/** @type {Record<number, new (buffer: ArrayBuffer, offset: number, length: number) => Uint8Array | Uint16Array | Uint32Array>} */
const UNSIGNED = { 1: Uint8Array, 2: Uint16Array, 4: Uint32Array };

/**
 * A map's points as they come, laid out as `pages/ui/server/map_points.py` says: each chunk is a sample of all of them.
 */
export class PointsReader {
  /** @type {PointsHeader | null} */
  header = null;
  /** How many chunks are here. */
  chunks = 0;
  isComplete = false;
  /** By row; NaN for those that have not come. */
  x = new Float32Array();
  y = new Float32Array();
  /** @type {Labels} */
  labels = new Uint8Array();
  index = new Int32Array();
  /** Those that have come and are not a whole part yet. @type {Uint8Array} */
  #bytes = new Uint8Array();

  /** @param {Uint8Array} bytes the next of the file @returns {boolean} whether more points are here than before */
  push(bytes) {
    this.#bytes = joined(this.#bytes, bytes);
    const before = this.chunks;
    if (!this.header && !this.#readHeader()) return false;
    while (this.#readChunk());
    this.#readOutliers();
    return this.chunks > before || this.isComplete;
  }

  #readHeader() {
    if (this.#bytes.length < 4) return false;
    const length = new DataView(this.#bytes.buffer, this.#bytes.byteOffset).getUint32(0, true);
    const text = this.#take(4 + length);
    if (!text) return false;
    const header = /** @type {PointsHeader} */ (JSON.parse(new TextDecoder().decode(text.subarray(4))));
    this.header = header;
    this.x = new Float32Array(header.count).fill(NaN);
    this.y = new Float32Array(header.count).fill(NaN);
    this.labels = header.labelBytes === 4 ? new Uint32Array(header.count) : header.labelBytes === 2 ? new Uint16Array(header.count) : new Uint8Array(header.count);
    this.index = Int32Array.from({ length: header.count }, (_, row) => row);
    return true;
  }

  #readChunk() {
    const { header } = this;
    if (!header || this.chunks === header.chunks.length) return false;
    const count = header.chunks[this.chunks];
    const lengths = [2 * count, 2 * count, header.labelBytes * count, header.indexBytes && 4, header.indexBytes * (count - 1)].map(padded);
    const bytes = this.#take(lengths.reduce((sum, length) => sum + length, 0));
    if (!bytes) return false;
    const starts = lengths.map((_, part) => lengths.slice(0, part).reduce((sum, length) => sum + length, 0));
    this.#place(this.x, numbers(bytes, starts[0], 2, count), header.ranges.x);
    this.#place(this.y, numbers(bytes, starts[1], 2, count), header.ranges.y);
    if (header.labelBytes) this.#spread(this.labels, numbers(bytes, starts[2], header.labelBytes, count));
    if (header.indexBytes) {
      const [first] = numbers(bytes, starts[3], 4, 1);
      this.#spread(this.index, summed(first, numbers(bytes, starts[4], header.indexBytes, count - 1)));
    }
    this.chunks++;
    return true;
  }

  /** @param {Float32Array} coordinates @param {ArrayLike<number>} steps @param {readonly [number, number]} range */
  #place(coordinates, steps, [low, high]) {
    const every = this.header?.chunks.length ?? 1;
    for (let nth = 0, row = this.chunks; nth < steps.length; nth++, row += every) {
      coordinates[row] = low + (steps[nth] / TOP) * (high - low);
    }
  }

  /** @param {Labels | Int32Array} values @param {ArrayLike<number>} read */
  #spread(values, read) {
    const every = this.header?.chunks.length ?? 1;
    for (let nth = 0, row = this.chunks; nth < read.length; nth++, row += every) values[row] = read[nth];
  }

  #readOutliers() {
    const { header } = this;
    if (!header || this.isComplete || this.chunks < header.chunks.length) return;
    const bytes = this.#take(12 * header.outliers);
    if (!bytes) return;
    const rows = numbers(bytes, 0, 4, header.outliers);
    const places = new Float32Array(bytes.buffer, 4 * header.outliers, 2 * header.outliers);
    rows.forEach((row, nth) => {
      this.x[row] = places[nth];
      this.y[row] = places[header.outliers + nth];
    });
    this.isComplete = true;
  }

  /** @param {number} length @returns {Uint8Array<ArrayBuffer> | null} the next bytes, at an even address; null while they are not all here */
  #take(length) {
    if (this.#bytes.length < length) return null;
    const taken = Uint8Array.from(this.#bytes.subarray(0, length));
    this.#bytes = this.#bytes.subarray(length);
    return taken;
  }
}

/**
 * @param {ReadableStream<Uint8Array>} stream @param {(reader: PointsReader) => void} onPart more points are here, and perhaps all
 * @returns {Promise<PointsReader>} Throws Explained where the file ends too early.
 */
export async function readPoints(stream, onPart) {
  const points = new PointsReader();
  const reader = stream.getReader();
  for (let part = await reader.read(); !part.done; part = await reader.read()) if (points.push(part.value)) onPart(points);
  if (!points.isComplete) throw new Explained("The map's points came only in part; reload the page.");
  return points;
}

/** @param {number} length */
const padded = (length) => 4 * Math.ceil(Math.max(0, length) / 4);

/** @param {Uint8Array<ArrayBuffer>} bytes @param {number} start @param {number} width in bytes @param {number} count */
const numbers = (bytes, start, width, count) => new UNSIGNED[width](bytes.buffer, start, Math.max(0, count));

/** A first number and what each of the following is more than the one before, modulo 2³². @param {number} first @param {ArrayLike<number>} differences */
function summed(first, differences) {
  const all = new Uint32Array(differences.length + 1);
  all[0] = first;
  for (let nth = 0; nth < differences.length; nth++) all[nth + 1] = all[nth] + differences[nth];
  return all;
}

/** @param {Uint8Array} one @param {Uint8Array} other @returns {Uint8Array} */
function joined(one, other) {
  if (!one.length) return other;
  const both = new Uint8Array(one.length + other.length);
  both.set(one);
  both.set(other, one.length);
  return both;
}
