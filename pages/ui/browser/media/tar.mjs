/**
 * A folder as one file: a .tar, which is heads of 512 bytes with the files between, so that the browser reads each file
 * only while it is sent. Source: POSIX.1-2001, pax Interchange Format.
 */

const BLOCK = 512;
const NAME_BYTES = 100;
const MODE = "0000644\0";
const REGULAR = "0";
/** The next head's path is longer than a head has room for, or not of plain letters. */
const EXTENDED = "x";

/** @typedef {{path: string, size: number}} Listed path with "/" between its parts */

/**
 * The parts of a .tar in their order.
 * @template {Listed} F @param {readonly F[]} files @param {(file: F) => BlobPart} contents
 * @returns {BlobPart[]}
 */
export function tarParts(files, contents) {
  const parts = files.flatMap((file) => [...headsOf(file), contents(file), new Uint8Array(padding(file.size))]);
  return [...parts, new Uint8Array(2 * BLOCK)];
}

/** @param {Listed} file @returns {Uint8Array<ArrayBuffer>[]} */
function headsOf({ path, size }) {
  const name = new TextEncoder().encode(path);
  const isPlain = name.length === path.length && name.length < NAME_BYTES;
  if (isPlain) return [head(path, size, REGULAR)];
  const record = extended("path", path);
  const padded = new Uint8Array(record.length + padding(record.length));
  padded.set(record);
  return [head("path", record.length, EXTENDED), padded, head("file", size, REGULAR)];
}

/** "27 path=äöü/….png\n", the number counting the whole line. @param {string} key @param {string} value */
function extended(key, value) {
  const rest = new TextEncoder().encode(` ${key}=${value}\n`).length;
  let length = rest;
  while (length !== rest + String(length).length) length = rest + String(length).length;
  return new TextEncoder().encode(`${length} ${key}=${value}\n`);
}

/** @param {string} name @param {number} size @param {string} kind */
function head(name, size, kind) {
  const bytes = new Uint8Array(BLOCK);
  /** @param {number} at @param {string} text */
  const put = (at, text) => bytes.set(new TextEncoder().encode(text), at);
  put(0, name);
  put(100, MODE);
  put(108, "0000000\0");
  put(116, "0000000\0");
  put(124, `${size.toString(8).padStart(11, "0")}\0`);
  put(136, "00000000000\0");
  put(148, "        ");
  put(156, kind);
  put(257, "ustar\u000000");
  const sum = bytes.reduce((total, byte) => total + byte, 0);
  put(148, `${sum.toString(8).padStart(6, "0")}\0 `);
  return bytes;
}

/** Up to the next block. @param {number} size */
const padding = (size) => (BLOCK - (size % BLOCK)) % BLOCK;
