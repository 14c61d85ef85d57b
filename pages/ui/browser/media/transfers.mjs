import { Explained } from "../lib/fetching.mjs";

/** The image in what was dropped or pasted, or a sentence on what was there instead. */

/** @typedef {DataTransfer | ClipboardEvent | DragEvent | readonly ClipboardItem[]} Transfer */

const EXTENSION = /\.(png|apng|jpe?g|jfif|gif|webp|avif|heic|heif|jxl|bmp|ico|tiff?|svg)$/i;

/**
 * The first image of a drop, a paste, or `navigator.clipboard.read()`. Call it while the event is being handled: later
 * the browser has emptied it.
 * @param {Transfer} transfer
 * @returns {Promise<Blob>}
 * Throws Explained where there is none.
 */
export async function imageFrom(transfer) {
  if (Array.isArray(transfer)) return fromClipboard(transfer);
  return fromTransfer(dataOf(/** @type {DataTransfer | ClipboardEvent | DragEvent} */ (transfer)));
}

/** @param {DataTransfer | ClipboardEvent | DragEvent} source @returns {DataTransfer | null} */
function dataOf(source) {
  if ("clipboardData" in source) return source.clipboardData;
  return "dataTransfer" in source ? source.dataTransfer : source;
}

/** @param {DataTransfer | null} data @returns {Blob} */
function fromTransfer(data) {
  const files = [...(data?.files ?? [])];
  const image =
    files.find(({ type }) => type.startsWith("image/")) ??
    files.find(({ type, name }) => !type && EXTENSION.test(name)); // systems do not know every image's type
  if (image) return image;
  throw instead(files.length ? files.map(({ name }) => `“${name}”`) : [...(data?.types ?? [])].map(contentOf));
}

/** @param {readonly ClipboardItem[]} items @returns {Promise<Blob>} */
async function fromClipboard(items) {
  for (const item of items) {
    const type = item.types.find((each) => each.startsWith("image/"));
    if (type) return item.getType(type);
  }
  throw instead(items.flatMap(({ types }) => types.map(contentOf)));
}

/** @param {string} type @returns {string} */
function contentOf(type) {
  if (type === "Files") return "a folder";
  if (/uri|url/i.test(type)) return "a link";
  return type.startsWith("text/") ? "text" : type;
}

/** @param {string[]} contents @returns {Explained} */
function instead(contents) {
  if (contents.includes("a link")) {
    return new Explained(
      "There is no image here: expected one, got a link; save the image behind it as a file and choose that.",
    );
  }
  const [first = "nothing", ...others] = new Set(contents);
  const got = others.length ? `${first} and ${others.length} more` : first;
  return new Explained(`There is no image here: expected one, got ${got}; copy or choose an image file.`);
}
