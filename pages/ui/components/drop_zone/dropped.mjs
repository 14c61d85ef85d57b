import { tarParts } from "../../browser/media/tar.mjs";

/** A file, and its path below what was dropped. @typedef {{path: string, size: number, file: File}} Dropped */

/** Of what was dropped or chosen: what it is called, and what is sent. @typedef {{name: string, body: Blob, count: number}} Parcel */

/** @param {FileList} files of an input @returns {Dropped[]} */
export function chosen(files) {
  return [...files].map((file) => ({ path: file.webkitRelativePath || file.name, size: file.size, file }));
}

/**
 * All files below what was dropped. The entries have to be taken before anything is awaited: the browser forgets them.
 * @param {DataTransfer} transfer @returns {Promise<Dropped[]>}
 */
export async function dropped(transfer) {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry()).filter((entry) => entry !== null);
  if (!entries.length) return chosen(transfer.files);
  return (await Promise.all(entries.map(filesBelow))).flat();
}

/** @param {FileSystemEntry} entry @returns {Promise<Dropped[]>} */
async function filesBelow(entry) {
  if (entry.isFile) {
    const file = await /** @type {Promise<File>} */ (new Promise((resolve, reject) => /** @type {FileSystemFileEntry} */ (entry).file(resolve, reject)));
    return [{ path: entry.fullPath.replace(/^\//, ""), size: file.size, file }];
  }
  const reader = /** @type {FileSystemDirectoryEntry} */ (entry).createReader();
  /** @type {Dropped[]} */
  const files = [];
  for (let some = await read(reader); some.length; some = await read(reader)) {
    files.push(...(await Promise.all(some.map(filesBelow))).flat()); // a reader gives a hundred at a time
  }
  return files;
}

/** @param {FileSystemDirectoryReader} reader @returns {Promise<FileSystemEntry[]>} */
const read = (reader) => new Promise((resolve, reject) => reader.readEntries(resolve, reject));

/** One file as it is, several as one .tar. @param {readonly Dropped[]} files @returns {Parcel} */
export function packed(files) {
  const [first] = files;
  const isFolder = first.path.includes("/");
  if (files.length === 1 && !isFolder) return { name: first.file.name, body: first.file, count: 1 };
  const name = isFolder ? first.path.split("/")[0] : "pictures";
  return { name, body: new Blob(tarParts(files, ({ file }) => file)), count: files.length };
}

/** @param {number} bytes */
export const megabytes = (bytes) => `${(bytes / 1e6).toLocaleString("en", { maximumFractionDigits: bytes < 1e7 ? 1 : 0 })} MB`;
