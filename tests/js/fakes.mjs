/** Stand-ins for what a browser brings: events with coordinates, elements that can hold a pointer. */

/** @param {string} type @param {Record<string, unknown>} fields, of which some (timeStamp) are read only in an Event */
export function event(type, fields) {
  const made = new Event(type, { cancelable: true });
  for (const [name, value] of Object.entries(fields)) Object.defineProperty(made, name, { value });
  return made;
}

// Nothing is scaled or turned around an element, unless a test says so.
Object.assign(globalThis, {
  getComputedStyle: (/** @type {any} */ { style }) => ({ transform: "none", scale: "none", rotate: "none", ...style }),
  ShadowRoot: class {},
});

/** @returns {HTMLElement} as far as dragging is concerned */
export function element() {
  const target = Object.assign(new EventTarget(), {
    /** @type {number[]} */
    captured: [],
    parentElement: null,
    getRootNode: () => target,
    setPointerCapture(/** @type {number} */ id) {
      target.captured.push(id);
    },
  });
  return /** @type {any} */ (target);
}

/** A promise and the means to settle it. @template T */
export function deferred() {
  /** @type {(value: T) => void} */
  let resolve = () => undefined;
  /** @type {(reason: unknown) => void} */
  let reject = () => undefined;
  /** @type {Promise<T>} */
  const promise = new Promise((yes, no) => ([resolve, reject] = [yes, no]));
  return { promise, resolve, reject };
}

/** Let everything that is already due in the microtask queue happen. */
export const settled = () => new Promise((resolve) => setImmediate(resolve));

/**
 * A safetensors file.
 * @param {Record<string, {dtype: string, shape: number[], values: Float32Array | Uint8Array | Uint32Array | Int32Array}>} tensors
 * @param {{metadata?: Record<string, string>, pad?: number}} [options] pad: header length modulo 8, to misalign
 * @returns {ArrayBuffer}
 */
export function safetensors(tensors, { metadata, pad = 0 } = {}) {
  /** @type {Record<string, unknown>} */
  const header = metadata ? { __metadata__: metadata } : {};
  let at = 0;
  for (const [name, { dtype, shape, values }] of Object.entries(tensors)) {
    header[name] = { dtype, shape, data_offsets: [at, at + values.byteLength] };
    at += values.byteLength;
  }
  let text = JSON.stringify(header);
  while (text.length % 8 !== pad) text += " ";
  const bytes = new Uint8Array(8 + text.length + at);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
  bytes.set(new TextEncoder().encode(text), 8);
  let to = 8 + text.length;
  for (const { values } of Object.values(tensors)) {
    bytes.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), to);
    to += values.byteLength;
  }
  return bytes.buffer;
}

/**
 * A points file, as `pages/ui/server/map_points.py` lays it out.
 * @param {object} points
 * @param {number[]} points.x @param {number[]} points.y @param {number[]} [points.labels] @param {number[]} [points.index] ascending
 * @param {number[][]} [points.basis] @param {number} [points.chunks] @param {[row: number, x: number, y: number][]} [points.outliers]
 * @param {{x: [number, number], y: [number, number]}} [points.ranges] of the coordinates, exact at 0 to 65535 steps
 * @returns {Uint8Array<ArrayBuffer>}
 */
export function pointsFile({ x, y, labels, index, basis = [[1, 0], [0, 1]], chunks = 1, outliers = [], ranges = { x: [0, 65_535], y: [0, 65_535] } }) {
  const rows = Array.from({ length: chunks }, (_, chunk) => x.map((_, row) => row).filter((row) => row % chunks === chunk));
  const header = {
    count: x.length, split: "held-out", step: 1, extent: 4, basis, origin: basis[0].map(() => 0), shares: null, ranges,
    labelBytes: labels ? 1 : 0, indexBytes: index ? 2 : 0, chunks: rows.map(({ length }) => length), outliers: outliers.length,
  };
  let text = JSON.stringify(header);
  while ((4 + text.length) % 8) text += " ";
  const steps = (/** @type {number[]} */ values, /** @type {[number, number]} */ [low, high]) =>
    Uint16Array.from(values, (value) => Math.round(((value - low) / (high - low)) * 65_535));
  const parts = rows.flatMap((chunk) => {
    const of = (/** @type {number[]} */ values) => chunk.map((row) => values[row]);
    const numbers = index && of(index);
    return [
      steps(of(x), ranges.x),
      steps(of(y), ranges.y),
      ...(labels ? [Uint8Array.from(of(labels))] : []),
      ...(numbers ? [Uint32Array.of(numbers[0]), Uint16Array.from(numbers.slice(1), (number, nth) => number - numbers[nth])] : []),
    ];
  });
  const column = (/** @type {0 | 1 | 2} */ each) => outliers.map((outlier) => outlier[each]);
  return bytesOf([Uint32Array.of(text.length), new TextEncoder().encode(text), ...parts,
    Uint32Array.from(column(0)), Float32Array.from(column(1)), Float32Array.from(column(2))]);
}

/** One after the other, each padded to four bytes. @param {(Uint8Array | Uint16Array | Uint32Array | Float32Array)[]} parts */
function bytesOf(parts) {
  const bytes = new Uint8Array(parts.reduce((sum, { byteLength }) => sum + 4 * Math.ceil(byteLength / 4), 0));
  let to = 0;
  for (const { buffer, byteOffset, byteLength } of parts) {
    bytes.set(new Uint8Array(buffer, byteOffset, byteLength), to);
    to += 4 * Math.ceil(byteLength / 4);
  }
  return bytes;
}
