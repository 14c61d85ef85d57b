/** What a file is, by its first bytes: names and types of files are often wrong. */

/**
 * @typedef {object} Format
 * @property {string} name as people know it
 * @property {string} type its media type
 */

/** @type {Record<string, Format>} */
const FORMATS = {
  png: { name: "PNG", type: "image/png" },
  jpeg: { name: "JPEG", type: "image/jpeg" },
  gif: { name: "GIF", type: "image/gif" },
  webp: { name: "WebP", type: "image/webp" },
  avif: { name: "AVIF", type: "image/avif" },
  heic: { name: "HEIC", type: "image/heic" },
  jxl: { name: "JPEG XL", type: "image/jxl" },
  bmp: { name: "BMP", type: "image/bmp" },
  ico: { name: "ICO", type: "image/x-icon" },
  tiff: { name: "TIFF", type: "image/tiff" },
  svg: { name: "SVG", type: "image/svg+xml" },
};

/** How much of a file `formatOf` wants to see, in bytes. */
export const HEAD_BYTES = 65_536;

/** Bytes as letters of the same codes. @param {Uint8Array} bytes @param {number} from @param {number} to */
const letters = (bytes, from, to) => String.fromCharCode(...bytes.subarray(from, to));

/** @type {[string, (start: string, head: Uint8Array) => boolean][]} by the first 32 bytes as letters */
const SIGNATURES = [
  ["png", (start) => start.startsWith("\x89PNG\r\n\x1a\n")],
  ["jpeg", (start) => start.startsWith("\xff\xd8\xff")],
  ["gif", (start) => /^GIF8[79]a/.test(start)],
  ["webp", (start) => start.startsWith("RIFF") && start.startsWith("WEBP", 8)],
  ["avif", (start) => start.startsWith("ftyp", 4) && /avi[fs]/.test(start)],
  ["heic", (start) => /^[^]{4}ftyp(hei|hev|mif1|msf1)/.test(start)],
  ["jxl", (start) => start.startsWith("\xff\x0a") || start.startsWith("\0\0\0\x0cJXL ")],
  ["bmp", (start) => start.startsWith("BM") && start.startsWith("\0\0\0\0", 6)],
  ["ico", (start) => start.startsWith("\0\0\x01\0")],
  ["tiff", (start) => start.startsWith("II*\0") || start.startsWith("MM\0*")],
  ["svg", (_, head) => isSvg(new TextDecoder().decode(head))],
];

/** @param {string} text @returns {boolean} an HTML page with a drawing in it is none */
const isSvg = (text) => /^\s*</.test(text) && /<(\w+:)?svg[\s>]/.test(text) && !/<html[\s>]/i.test(text);

/**
 * @param {Uint8Array} head a file's first bytes, HEAD_BYTES of them if it has as many
 * @returns {Format | null} null for what is no image that we know
 */
export function formatOf(head) {
  const start = letters(head, 0, 32);
  const found = SIGNATURES.find(([, isIt]) => isIt(start, head));
  return found ? FORMATS[found[0]] : null;
}

/**
 * Whether there is more than one frame.
 * @param {Format} format @param {Uint8Array} bytes the file; of a PNG or WebP the head is enough
 * @returns {boolean}
 */
export function isAnimated({ name }, bytes) {
  if (name === "GIF") return hasSecondFrame(bytes);
  if (name === "PNG") return hasAnimationChunk(bytes);
  return name === "WebP" && letters(bytes, 12, 16) === "VP8X" && (bytes[20] & 2) !== 0;
}

/** A GIF is a screen, then blocks: extensions, which are skipped, and frames. @param {Uint8Array} bytes */
function hasSecondFrame(bytes) {
  const [EXTENSION, FRAME] = [0x21, 0x2c];
  let offset = 13 + paletteBytes(bytes[10]);
  let frames = 0;
  while (offset < bytes.length) {
    if (bytes[offset] === EXTENSION) {
      offset = afterSubBlocks(bytes, offset + 2);
    } else if (bytes[offset] === FRAME) {
      if (++frames > 1) return true;
      offset = afterSubBlocks(bytes, offset + 11 + paletteBytes(bytes[offset + 9]));
    } else {
      return false;
    }
  }
  return false;
}

/** @param {number} flags of a GIF's screen or frame @returns {number} */
const paletteBytes = (flags) => (flags & 0x80 ? 3 * 2 ** ((flags & 7) + 1) : 0);

/** @param {Uint8Array} bytes @param {number} offset @returns {number} the place after the empty block that ends them */
function afterSubBlocks(bytes, offset) {
  while (bytes[offset]) offset += bytes[offset] + 1;
  return offset + 1;
}

/** An animated PNG says so before its pixels. @param {Uint8Array} bytes */
function hasAnimationChunk(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let offset = 8; offset + 8 <= bytes.length; offset += 12 + view.getUint32(offset)) {
    const kind = letters(bytes, offset + 4, offset + 8);
    if (kind === "acTL") return true;
    if (kind === "IDAT") return false;
  }
  return false;
}
