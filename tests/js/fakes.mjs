/** Stand-ins for what a browser brings: events with coordinates, elements that can hold a pointer. */

/** @param {string} type @param {Record<string, unknown>} fields, of which some (timeStamp) are read only in an Event */
export function event(type, fields) {
  const made = new Event(type, { cancelable: true });
  for (const [name, value] of Object.entries(fields)) Object.defineProperty(made, name, { value });
  return made;
}

/** @returns {HTMLElement} as far as dragging is concerned */
export function element() {
  const target = Object.assign(new EventTarget(), {
    /** @type {number[]} */
    captured: [],
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
