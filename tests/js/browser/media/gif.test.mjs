import assert from "node:assert/strict";
import test from "node:test";
import { gifOf, gifWriter, loadGifenc, sheetLayout } from "../../../../pages/ui/browser/media/gif.mjs";

const gifenc = await loadGifenc(import.meta.resolve("../../../../node_modules/gifenc/dist/gifenc.esm.js"));

/**
 * A frame from one function of the place.
 * @param {number} width @param {number} height @param {(x: number, y: number) => number[]} colorAt
 */
function frame(width, height, colorAt) {
  const places = Array.from({ length: width * height }, (_, at) => [at % width, Math.floor(at / width)]);
  return Uint8ClampedArray.from(places.flatMap(([x, y]) => [...colorAt(x, y), 255]));
}

/** @param {number} value */
const grey = (value) => [value, value, value];

/** All of a GIF: written from the format's specification (GIF89a), not from the encoder. @param {Uint8Array} bytes */
function readGif(bytes) {
  const word = (/** @type {number} */ at) => bytes[at] | (bytes[at + 1] << 8);
  const table = (/** @type {number} */ at, /** @type {number} */ flags) =>
    flags & 128 ? bytes.subarray(at, at + 3 * 2 ** ((flags & 7) + 1)) : new Uint8Array(0);
  const [width, height] = [word(6), word(8)];
  const global = table(13, bytes[10]);
  /** @type {{width: number, height: number, delays: number[], frames: number[][][], repeats: boolean}} */
  const found = { width, height, delays: [], frames: [], repeats: false };
  let at = 13 + global.length;
  const blocks = () => {
    const data = [];
    for (; bytes[at]; at += bytes[at] + 1) data.push(...bytes.subarray(at + 1, at + 1 + bytes[at]));
    at++;
    return data;
  };
  while (bytes[at] !== 0x3b) {
    if (bytes[at] === 0x21) {
      const kind = bytes[at + 1];
      at += 2;
      const data = blocks();
      if (kind === 0xf9) found.delays.push(10 * (data[1] | (data[2] << 8)));
      if (kind === 0xff) found.repeats = String.fromCharCode(...data.slice(0, 11)) === "NETSCAPE2.0";
    } else {
      const flags = bytes[at + 9];
      const local = table(at + 10, flags);
      at += 10 + local.length;
      const depth = bytes[at++];
      const colors = local.length ? local : global;
      found.frames.push(unpacked(blocks(), depth).map((index) => [...colors.subarray(3 * index, 3 * index + 3)]));
    }
  }
  return found;
}

/** LZW with codes of growing width. @param {number[]} data @param {number} depth @returns {number[]} */
function unpacked(data, depth) {
  const [clear, end] = [2 ** depth, 2 ** depth + 1];
  /** @type {number[][]} */
  let known = [];
  /** @type {number[] | null} */
  let last = null;
  const out = [];
  for (let bit = 0, size = depth + 1; ; ) {
    let code = 0;
    for (let at = 0; at < size; at++, bit++) code |= ((data[bit >> 3] >> (bit & 7)) & 1) << at;
    if (code === end) return out;
    if (code === clear) {
      known = Array.from({ length: clear + 2 }, (_, at) => [at]);
      [size, last] = [depth + 1, null];
      continue;
    }
    /** @type {number[]} */
    const entry = known[code] ?? [...(last ?? []), (last ?? [])[0]];
    out.push(...entry);
    if (last) known.push([...last, entry[0]]);
    if (known.length === 2 ** size && size < 12) size++;
    last = entry;
  }
}

/** @param {Uint8ClampedArray} rgba */
const colorsOf = (rgba) => Array.from({ length: rgba.length / 4 }, (_, at) => [...rgba.subarray(4 * at, 4 * at + 3)]);

test("a grey film is kept pixel by pixel", () => {
  const frames = [0, 40, 80].map((shift) => frame(16, 12, (x, y) => grey((16 * y + x + shift) % 256)));
  const gif = readGif(gifOf(gifenc, frames, 16, 12));
  assert.deepEqual([gif.width, gif.height, gif.frames.length], [16, 12, 3]);
  frames.forEach((each, at) => assert.deepEqual(gif.frames[at], colorsOf(each)));
});

test("frames follow each other after the wanted time, for ever", () => {
  const frames = [0, 255].map((value) => frame(4, 4, () => grey(value)));
  const gif = readGif(gifOf(gifenc, frames, 4, 4, { delayMs: 125 }));
  assert.deepEqual(gif.delays, [130, 130]);
  assert.equal(gif.repeats, true);
});

test("enlarged, every pixel is a square of its own colour", () => {
  const one = frame(2, 2, (x, y) => [255 * x, 255 * y, 7]);
  const gif = readGif(gifOf(gifenc, [one], 2, 2, { scale: 3 }));
  assert.deepEqual([gif.width, gif.height], [6, 6]);
  for (const [at, color] of gif.frames[0].entries()) {
    assert.deepEqual(color, [255 * Math.floor((at % 6) / 3), 255 * Math.floor(at / 18), 7]);
  }
});

test("a film of more colours than a palette holds is close to what it was", () => {
  const frames = [0, 90].map((blue) => frame(32, 32, (x, y) => [8 * x, 8 * y, blue]));
  const gif = readGif(gifOf(gifenc, frames, 32, 32));
  gif.frames.forEach((shown, at) => {
    const wanted = colorsOf(frames[at]);
    const error = shown.flat().reduce((sum, value, each) => sum + Math.abs(value - wanted.flat()[each]), 0);
    assert.ok(error / shown.flat().length < 8, `${error / shown.flat().length} a channel`);
  });
});

test("a film of one colour is a film, too", () => {
  const gif = readGif(gifOf(gifenc, [frame(3, 3, () => grey(9))], 3, 3));
  assert.deepEqual(gif.frames[0], Array(9).fill(grey(9)));
});

test("an encoder that the server does not have is explained", async (context) => {
  context.mock.method(globalThis, "fetch", async () => new Response("", { status: 404 }));
  await assert.rejects(loadGifenc("/nowhere/gifenc.mjs"), /The GIF encoder could not be fetched/);
});

test("a contact sheet has room for every frame, in rows", () => {
  const { width, height, corners } = sheetLayout(5, 28, 20, { columns: 3, scale: 2, gap: 4 });
  assert.deepEqual([width, height], [4 + 3 * 60, 4 + 2 * 44]);
  assert.deepEqual(corners, [[4, 4], [64, 4], [124, 4], [4, 48], [64, 48]]);
});

test("without columns all frames stand in one row", () => {
  assert.deepEqual(sheetLayout(3, 10, 10, { gap: 0 }), { width: 30, height: 10, corners: [[0, 0], [10, 0], [20, 0]] });
});

test("frames that come one by one share one palette and keep their own delays", () => {
  const frames = [frame(4, 4, (x) => grey(60 * x)), frame(4, 4, (_, y) => grey(60 * y))];
  const writer = gifWriter(gifenc, frames, 4, 4);
  writer.add(frames[0], 500);
  writer.add(frames[1], 50);
  const read = readGif(writer.finish());
  assert.deepEqual([read.width, read.height, read.delays], [4, 4, [500, 50]]);
  const greys = read.frames.map((pixels) => pixels.map(([red]) => red));
  greys[0].forEach((value, at) => assert.ok(Math.abs(value - 60 * (at % 4)) <= 8, `${value} at ${at}`));
  greys[1].forEach((value, at) => assert.ok(Math.abs(value - 60 * Math.floor(at / 4)) <= 8, `${value} at ${at}`));
});
