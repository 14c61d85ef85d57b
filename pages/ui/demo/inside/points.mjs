import { extentOf } from "../../browser/maths/coordinates.mjs";
import { planes } from "./weights.mjs";

/** @import { PointsHeader } from "../../browser/lib/contract.mjs" */

/**
 * As `pages/ui/demo/points.py` writes them.
 * @typedef {{start: number, ends: [number, number]}} Column
 * @typedef {{count: number, split: "held-out", steps: [number, number], mu: Column[], logvar: Column[], labels: {start: number, bytes: number} | null, index: number | null}} PointsFacts
 *
 * Posteriors by dimension; labels null where images have no class.
 * @typedef {object} Columns
 * @property {number} count @property {string} split
 * @property {Float32Array[]} mu (D) of (N,) @property {Float32Array[]} logvar the same
 * @property {Uint8Array | Uint32Array | null} labels @property {Int32Array} index
 */

/**
 * @param {PointsFacts} facts @param {ArrayBuffer} blob @param {Columns | null} now the map's, whose labels and numbers an epoch shares
 * @returns {Columns}
 */
export function columnsOf(facts, blob, now) {
  const { count, split, steps, labels, index } = facts;
  const mu = facts.mu.map(({ start, ends }) => between(planes(blob, start, count), ends, steps[0]));
  const logvar = facts.logvar.map(({ start, ends }) => between(new Uint8Array(blob, start, count), ends, steps[1]));
  const shared = index === null && now;
  if (shared) return { count, split, mu, logvar, labels: shared.labels, index: shared.index };
  return { count, split, mu, logvar, labels: labels && labelsOf(blob, labels, count), index: summed(new Int32Array(blob, index ?? 0, count)) };
}

/** @param {ArrayLike<number>} steps @param {[number, number]} ends @param {number} top */
const between = (steps, [low, high], top) => Float32Array.from(steps, (step) => low + (step / top) * (high - low));

/** @param {ArrayBuffer} blob @param {{start: number, bytes: number}} labels @param {number} count */
function labelsOf(blob, { start, bytes }, count) {
  if (bytes === 1) return new Uint8Array(blob, start, count);
  return Uint32Array.from(bytes === 2 ? new Uint16Array(blob, start, count) : new Uint32Array(blob, start, count));
}

/** @param {Int32Array} differences */
function summed(differences) {
  let sum = 0;
  return differences.map((more) => (sum += more));
}

const TOP = 65_535;

/**
 * A points file of two dimensions, as the server would send it (`pages/ui/server/map_points.py`).
 * @param {Columns} columns @param {readonly number[]} dims the dimensions, or the only one @param {number} step
 * @returns {Uint8Array<ArrayBuffer>}
 */
export function pointsFile({ count, split, mu, labels, index }, dims, step) {
  const latentDim = mu.length;
  const basis = [0, 1].map((axis) => Array.from({ length: latentDim }, (_, dim) => Number(dim === dims[axis])));
  const [x, y] = [mu[dims[0]], dims.length > 1 ? mu[dims[1]] : new Float32Array(count)];
  const ranges = { x: endsOf(x), y: endsOf(y) };
  const labelBytes = labels ? labels.BYTES_PER_ELEMENT : 0;
  /** @type {PointsHeader} */
  const header = {
    count, split: /** @type {PointsHeader["split"]} */ (split), step, basis, origin: new Array(latentDim).fill(0), shares: null,
    extent: extentOf(x, y, 0.99), ranges, labelBytes, indexBytes: count ? 4 : 0, chunks: count ? [count] : [], outliers: 0,
  };
  const arrays = [steps(x, ranges.x), steps(y, ranges.y), ...(labels ? [labels] : []), index.subarray(0, 1), differences(index)];
  return joined([headed(header), ...arrays]);
}

/** @param {Float32Array} values @returns {[number, number]} */
function endsOf(values) {
  if (!values.length) return [0, 0];
  return [values.reduce((low, value) => Math.min(low, value)), values.reduce((high, value) => Math.max(high, value))];
}

/** @param {Float32Array} values @param {[number, number]} ends */
const steps = (values, [low, high]) => Uint16Array.from(values, (value) => (high > low ? Math.round(((value - low) / (high - low)) * TOP) : 0));

/** @param {Int32Array} index */
const differences = (index) => Int32Array.from(index.subarray(1), (number, at) => number - index[at]);

/** @param {PointsHeader} header */
function headed(header) {
  const text = JSON.stringify(header);
  const bytes = new TextEncoder().encode(text + " ".repeat((8 - ((4 + text.length) % 8)) % 8));
  return joined([Uint32Array.of(bytes.length), bytes]);
}

/** @param {readonly ArrayBufferView[]} arrays each padded to four bytes @returns {Uint8Array<ArrayBuffer>} */
function joined(arrays) {
  const starts = [0];
  for (const { byteLength } of arrays) starts.push(starts[starts.length - 1] + 4 * Math.ceil(byteLength / 4));
  const whole = new Uint8Array(starts[arrays.length]);
  arrays.forEach(({ buffer, byteOffset, byteLength }, nth) => whole.set(new Uint8Array(buffer, byteOffset, byteLength), starts[nth]));
  return whole;
}

/** The posteriors as the safetensors file that the server would send. @param {Columns} columns @returns {Uint8Array<ArrayBuffer>} */
export function embeddingFile({ count, split, mu, logvar, labels, index }) {
  const arrays = { mu: byRow(mu, count), logvar: byRow(logvar, count), index, ...(labels ? { labels } : {}) };
  const kinds = { Float32Array: "F32", Int32Array: "I32", Uint8Array: "U8", Uint32Array: "U32" };
  let start = 0;
  const entries = Object.entries(arrays).map(([name, array]) => {
    const data_offsets = [start, (start += array.byteLength)];
    const shape = name === "mu" || name === "logvar" ? [count, mu.length] : [count];
    return [name, { dtype: kinds[/** @type {keyof typeof kinds} */ (array.constructor.name)], shape, data_offsets }];
  });
  const text = JSON.stringify({ __metadata__: { split }, ...Object.fromEntries(entries) });
  const header = new TextEncoder().encode(text + " ".repeat((8 - (text.length % 8)) % 8));
  return joined([new Uint32Array([header.length, 0]), header, ...Object.values(arrays)]);
}

/** @param {readonly Float32Array[]} columns @param {number} count */
function byRow(columns, count) {
  const rows = new Float32Array(count * columns.length);
  columns.forEach((column, dim) => column.forEach((value, row) => (rows[row * columns.length + dim] = value)));
  return rows;
}
