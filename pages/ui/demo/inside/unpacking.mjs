/** The parts of the file: text that `pages/ui/demo/packing.py` has written, 13 bits in two letters, deflated. */

const BITS = 13;
const LETTERS = Array.from({ length: 94 }, (_, nth) => String.fromCharCode(33 + nth)).filter((letter) => !'<&"'.includes(letter));

/** What each letter's code stands for. */
const VALUES = new Int16Array(128);
LETTERS.forEach((letter, value) => (VALUES[letter.charCodeAt(0)] = value));

/** @param {string} text the number of bytes, a colon, the letters @returns {Uint8Array<ArrayBuffer>} */
export function bytesOf(text) {
  const start = text.indexOf(":") + 1;
  const bytes = new Uint8Array(Number(text.slice(0, start - 1)));
  let [held, count, to] = [0, 0, 0];
  for (let at = start; at + 1 < text.length; at += 2) {
    held = (held << BITS) | (VALUES[text.charCodeAt(at)] * LETTERS.length + VALUES[text.charCodeAt(at + 1)]);
    for (count += BITS; count >= 8; count -= 8) bytes[to++] = held >>> (count - 8); // what is beyond the end is dropped
    held &= (1 << count) - 1;
  }
  return bytes;
}

/** @param {string} text @returns {Promise<ArrayBuffer>} what was packed */
export async function unpacked(text) {
  const inflated = new Blob([bytesOf(text)]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  return new Response(inflated).arrayBuffer();
}
