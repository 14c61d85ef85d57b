import { Explained } from "../lib/fetching.mjs";

/** @typedef {Float32Array | Uint8Array | Uint32Array | Int32Array} Values */
/** @typedef {{shape: number[], values: Values}} Tensor */

const KINDS = /** @type {const} */ ({ F32: Float32Array, U8: Uint8Array, U32: Uint32Array, I32: Int32Array });
const LENGTH_BYTES = 8;

/**
 * Read a safetensors file: eight bytes of header length, a JSON header, the tensors.
 * @param {ArrayBuffer} file
 * @returns {{tensors: Record<string, Tensor>, metadata: Record<string, string>}}
 * Throws Explained where the file is cut short or not of this format.
 */
export function parseSafetensors(file) {
  const headerBytes = file.byteLength >= LENGTH_BYTES ? Number(new DataView(file).getBigUint64(0, true)) : Infinity;
  const start = LENGTH_BYTES + headerBytes;
  if (start > file.byteLength) throw damaged(`${file.byteLength} bytes do not hold its header`);
  const { __metadata__: metadata = {}, ...entries } = parseHeader(new Uint8Array(file, LENGTH_BYTES, headerBytes));
  /** @type {Record<string, Tensor>} */
  const tensors = {};
  for (const [name, { dtype, shape, data_offsets: offsets }] of Object.entries(entries)) {
    tensors[name] = { shape, values: valuesOf(file, start, name, dtype, shape, offsets) };
  }
  return { tensors, metadata };
}

/** @param {Uint8Array} bytes @returns {Record<string, any>} */
function parseHeader(bytes) {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    throw damaged("its header is not JSON");
  }
}

/**
 * @param {ArrayBuffer} file @param {number} start @param {string} name
 * @param {string} dtype @param {number[]} shape @param {[number, number]} offsets
 * @returns {Values}
 */
function valuesOf(file, start, name, dtype, shape, [from, to]) {
  const Kind = KINDS[/** @type {keyof typeof KINDS} */ (dtype)];
  if (!Kind) throw damaged(`${name} is ${dtype}, expected F32, U8, U32 or I32`);
  const count = shape.reduce((product, size) => product * size, 1);
  if (to - from !== count * Kind.BYTES_PER_ELEMENT || start + to > file.byteLength) {
    throw damaged(`${name} should have ${count} numbers and the file does not hold them`);
  }
  const offset = start + from;
  return offset % Kind.BYTES_PER_ELEMENT ? new Kind(file.slice(offset, start + to)) : new Kind(file, offset, count);
}

/** @param {string} reason */
const damaged = (reason) => new Explained(`The map's points could not be read: ${reason}; open another run.`);
