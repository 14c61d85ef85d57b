import { runAddress } from "../lib/contract.mjs";
import { Explained, fetchOrExplain } from "../lib/fetching.mjs";
import { decimal } from "../lib/format.mjs";

/** @import { ColumnHeader, ListedColumn } from "../lib/contract.mjs" */

/**
 * What is known of each image under one name, as `vae_core/data/columns.py` sends it.
 * @typedef {ColumnHeader & {name: string, codes: Uint8Array | Uint16Array, unknown: number}} Column codes: by image number;
 *   unknown: the code of what is not known
 */

/** @param {string} name @param {ArrayBuffer} file @returns {Column} Throws Explained. */
export function readColumn(name, file) {
  try {
    const length = new DataView(file).getUint32(0, true);
    const header = /** @type {ColumnHeader} */ (JSON.parse(new TextDecoder().decode(new Uint8Array(file, 4, length))));
    const Codes = header.bytes === 2 ? Uint16Array : Uint8Array;
    return { ...header, name, codes: new Codes(file.slice(4 + length)), unknown: 2 ** (8 * header.bytes) - 1 };
  } catch {
    throw new Explained(`The column ${name} could not be read; reload the page.`);
  }
}

/** @param {string} base of the run @param {string} name @param {string} split @param {AbortSignal} signal @returns {Promise<Column>} */
export async function fetchColumn(base, name, split, signal) {
  const address = runAddress.column(base, { name: encodeURIComponent(name), split: split === "all" ? split : null });
  return readColumn(name, await (await fetchOrExplain(address, `The column ${name}`, signal)).arrayBuffer());
}

/** The columns that there are. @param {string} base @param {AbortSignal} signal @returns {Promise<ListedColumn[]>} */
export async function fetchColumns(base, signal) {
  return (await (await fetchOrExplain(runAddress.columns(base), "The data set's columns", signal)).json()).columns;
}

/** By image number; NaN where it is not known. @param {Column} column of numbers @returns {Float32Array} */
export const numbersOf = ({ codes, unknown, range, step }) =>
  Float32Array.from(codes, (code) => (code === unknown ? NaN : range[0] + code * step));

/** What it says of an image, "size 0.75"; "" where nothing is known. @param {Column} column @param {number} image */
export function columnText(column, image) {
  const code = column.codes[image];
  if (code === undefined || code === column.unknown) return "";
  if (column.kind === "text") return `${column.name} ${column.values[code] ?? "other"}`;
  const { name, range, step, beyond } = column;
  const value = range[0] + code * step;
  const sign = beyond[0] && code === 0 ? "≤ " : beyond[1] && value >= range[1] - step / 2 ? "≥ " : "";
  return `${name} ${sign}${numberText(column, value)}`;
}

/** With as many decimals as the column's numbers are apart. @param {Column} column @param {number} value */
export function numberText({ step, range: [from, to] }, value) {
  if (Math.abs(value) >= 1e7) return value.toExponential(2);
  if (step === 1) return decimal(value, 0);
  return decimal(value, Math.min(6, Math.max(0, Math.ceil(1.5 - Math.log10(to - from || 1)))));
}
