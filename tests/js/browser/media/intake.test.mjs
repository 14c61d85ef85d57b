import assert from "node:assert/strict";
import test from "node:test";
import { fit, imageFrom, readImage, svgSize } from "../../../../pages/ui/browser/media/intake.mjs";
import { toModel } from "../../../../pages/ui/browser/media/model_image.mjs";
import { formatOf, isAnimated } from "../../../../pages/ui/browser/media/formats.mjs";

/**
 * @param {number} width @param {number} height
 * @param {(x: number, y: number) => number[]} at [r, g, b] or [r, g, b, a]
 */
function picture(width, height, at) {
  const rgba = new Uint8ClampedArray(4 * width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) rgba.set([...at(x, y), 255].slice(0, 4), 4 * (y * width + x));
  }
  return rgba;
}

/** @param {number} level */
const grey = (level) => [level, level, level];
const WHITE = grey(255);
const BLACK = grey(0);

/** @param {Float32Array} image @param {number} width */
function centreOfMass(image, width) {
  let [x, y, sum] = [0, 0, 0];
  image.forEach((value, at) => {
    x += value * ((at % width) + 0.5);
    y += value * (Math.floor(at / width) + 0.5);
    sum += value;
  });
  return { x: x / sum, y: y / sum };
}

/**
 * First and last row and column with any ink.
 * @param {Float32Array} image @param {number} width @param {number} above
 */
function extent(image, width, above) {
  const inked = [...image.keys()].filter((at) => image[at] > above);
  const columns = inked.map((at) => at % width).sort((one, other) => one - other);
  const rows = inked.map((at) => Math.floor(at / width));
  const [left, right, top, bottom] = [columns.at(0), columns.at(-1), rows.at(0), rows.at(-1)].map(Number);
  return { left, right, top, bottom };
}

test("a checker of single pixels becomes an even grey at half its size", () => {
  const checker = picture(56, 56, (x, y) => ((x + y) % 2 ? WHITE : BLACK));
  assert.deepEqual([...new Set(toModel(checker, 56, 56, [1, 28, 28]))], [0.5]);
});

test("a checker of two by two keeps its pattern at half its size", () => {
  const checker = picture(56, 56, (x, y) => (((x >> 1) + (y >> 1)) % 2 ? WHITE : BLACK));
  const image = toModel(checker, 56, 56, [1, 28, 28], { invert: false });
  image.forEach((value, at) => assert.equal(value, ((at % 28) + Math.floor(at / 28)) % 2));
});

test("a picture of the model's size arrives as it is", () => {
  const ramp = picture(8, 8, (x, y) => grey(x + 8 * y));
  assert.deepEqual([...toModel(ramp, 8, 8, [1, 8, 8])], [...Float32Array.from({ length: 64 }, (_, at) => at / 255)]);
});

test("at a ratio that is no whole number each pixel is the average of the area it covers", () => {
  const stripes = picture(3, 3, (x) => grey([0, 90, 255][x]));
  const [left, right] = toModel(stripes, 3, 3, [1, 2, 2], { invert: false });
  assert.ok(Math.abs(left - (2 / 3) * (0 + 0.5 * (90 / 255))) < 1e-6);
  assert.ok(Math.abs(right - (2 / 3) * (0.5 * (90 / 255) + 1)) < 1e-6);
});

test("shrinking by any factor keeps the mean brightness of a square picture", () => {
  const noise = picture(37, 37, (x, y) => grey((x * 71 + y * 133 + x * y * 17) % 256));
  const image = toModel(noise, 37, 37, [1, 28, 28], { invert: false });
  let sum = 0;
  for (let at = 0; at < noise.length; at += 4) sum += noise[at] / 255;
  assert.ok(Math.abs(image.reduce((all, value) => all + value, 0) / 784 - sum / 37 ** 2) < 1e-6);
});

test("enlarging interpolates between the pixels' centres", () => {
  const edge = picture(2, 2, (x) => (x ? WHITE : BLACK));
  const image = toModel(edge, 2, 2, [1, 4, 4], { invert: false });
  assert.deepEqual([...image.subarray(0, 4)], [0, 0.25, 0.75, 1]);
});

test("a wide picture keeps its proportions, with its background above and below", () => {
  const square = picture(112, 56, (x, y) => (x >= 44 && x < 68 && y >= 16 && y < 40 ? WHITE : grey(51)));
  const image = toModel(square, 112, 56, [1, 28, 28]);
  assert.deepEqual(extent(image, 28, 0.5), { left: 11, right: 16, top: 11, bottom: 16 });
  assert.ok(Math.abs(image[0] - 0.2) < 1e-6);
});

test("a picture of one pixel, or a thousand times as wide as high, is no trouble", () => {
  for (const [width, height] of [[1, 1], [1000, 1], [1, 1000]]) {
    const image = toModel(picture(width, height, () => BLACK), width, height, [3, 28, 28]);
    assert.ok(image.every((value) => value === 0));
  }
});

test("dark ink on light paper is inverted, light ink on black is not", () => {
  /** @param {number[]} ink @param {number[]} paper */
  const drawn = (ink, paper) => toModel(picture(8, 8, (x, y) => (x === 4 && y === 4 ? ink : paper)), 8, 8, [1, 8, 8]);
  assert.deepEqual([...drawn(BLACK, WHITE)], [...drawn(WHITE, BLACK)]);
  assert.equal(drawn(BLACK, WHITE)[36], 1);
  assert.equal(drawn(BLACK, WHITE)[0], 0);
});

test("the border decides what is paper, neither the larger part nor a hairline frame", () => {
  const stamp = picture(100, 100, (x, y) => {
    if (Math.min(x, y, 99 - x, 99 - y) < 1) return BLACK;
    return Math.min(x, y, 99 - x, 99 - y) < 10 ? WHITE : BLACK;
  });
  const image = toModel(stamp, 100, 100, [1, 25, 25]);
  assert.equal(image[25 * 12 + 12], 1);
  assert.equal(image[25 * 1 + 1], 0);
});

test("inversion can be forced and forbidden", () => {
  const white = picture(8, 8, () => WHITE);
  assert.equal(toModel(white, 8, 8, [1, 8, 8], { invert: false })[0], 1);
  assert.equal(toModel(white, 8, 8, [3, 8, 8], { invert: true })[0], 0);
});

test("inversion against what would be done unasked turns every picture round", () => {
  for (const [color, channels] of /** @type {const} */ ([[WHITE, 1], [BLACK, 1], [WHITE, 3], [BLACK, 3]])) {
    const seen = (/** @type {any} */ fitting) => toModel(picture(8, 8, () => color), 8, 8, [channels, 8, 8], fitting)[0];
    assert.equal(seen({ invert: "against" }), 1 - seen({}));
  }
});

test("colour is neither inverted nor mixed, and its channels come one after the other", () => {
  const orange = picture(8, 8, () => [255, 102, 0]);
  const image = toModel(orange, 8, 8, [3, 8, 8]);
  assert.deepEqual([image[0], image[64], image[128]], [1, Math.fround(0.4), 0]);
});

test("half transparent colour is mixed with black under what is light and with white under what is dark", () => {
  const veil = (/** @type {number[]} */ color) => toModel(picture(4, 4, () => [...color, 51]), 4, 4, [3, 4, 4])[16];
  assert.equal(veil([255, 255, 255]), Math.fround(0.2));
  assert.ok(Math.abs(veil([0, 0, 0]) - 0.8) < 1e-6);
});

test("grey is Rec. 601's luma, as data sets are made grey", () => {
  /** @param {number[]} color */
  const seen = (color) => toModel(picture(4, 4, () => color), 4, 4, [1, 4, 4], { invert: false })[0];
  assert.equal(seen([255, 0, 0]), Math.fround(0.299));
  assert.equal(seen([0, 255, 0]), Math.fround(0.587));
  assert.equal(seen([0, 0, 255]), Math.fround(0.114));
});

test("a drawing on transparency is white on black, whether its ink is dark or light", () => {
  for (const ink of [BLACK, WHITE]) {
    const sticker = picture(8, 8, (x, y) => (x === 4 && y === 4 ? [...ink, 255] : [0, 0, 0, 0]));
    const image = toModel(sticker, 8, 8, [1, 8, 8]);
    assert.deepEqual([image[36], image[0]], [1, 0]);
  }
});

/** An L, off centre, in grey ink on grey paper as a camera sees it. */
const photographed = picture(300, 200, (x, y) =>
  (x >= 30 && x < 42 && y >= 40 && y < 120) || (x >= 30 && x < 70 && y >= 108 && y < 120) ? grey(40) : grey(190),
);

test("centred ink has its centre of mass in the middle, within half a pixel", () => {
  const { x, y } = centreOfMass(toModel(photographed, 300, 200, [1, 28, 28], { fit: "centre" }), 28);
  assert.ok(Math.abs(x - 14) < 0.5, `${x}`);
  assert.ok(Math.abs(y - 14) < 0.5, `${y}`);
});

test("centred ink has its longer side at 20 of 28 pixels and runs from black to white", () => {
  const image = toModel(photographed, 300, 200, [1, 28, 28], { fit: "centre" });
  const { left, right, top, bottom } = extent(image, 28, 0.45);
  assert.ok(Math.abs(bottom - top + 1 - 20) <= 1);
  assert.ok(Math.abs(right - left + 1 - 10) <= 1);
  assert.equal(image[0], 0);
  assert.ok(Math.max(...image) > 0.95);
});

test("centred ink stays inside when its mass is at one end", () => {
  const pin = picture(100, 100, (x, y) =>
    (x >= 30 && x < 70 && y >= 10 && y < 40) || (x >= 48 && x < 52 && y >= 40 && y < 90) ? BLACK : WHITE,
  );
  const image = toModel(pin, 100, 100, [1, 28, 28], { fit: "centre", inkShare: 1 });
  const { top, bottom } = extent(image, 28, 0.3);
  assert.deepEqual([top, bottom], [0, 27]);
});

test("a speck of dust far from the ink changes next to nothing", () => {
  /** @param {boolean} isDusty */
  const seen = (isDusty) => {
    const bar = picture(900, 900, (x, y) => {
      if (isDusty && x === 850 && y === 860) return BLACK;
      return x >= 300 && x < 500 && y >= 200 && y < 600 ? BLACK : WHITE;
    });
    return toModel(bar, 900, 900, [1, 28, 28], { fit: "centre" });
  };
  const [clean, dusty] = [seen(false), seen(true)];
  clean.forEach((value, at) => assert.ok(Math.abs(value - dusty[at]) < 0.05));
});

test("faint shades of paper are not blown up to ink", () => {
  const paper = picture(28, 28, (x) => grey(x < 14 ? 255 : 245));
  assert.ok(toModel(paper, 28, 28, [1, 28, 28], { fit: "centre" }).every((value) => value < 0.05));
});

test("where there is no ink the whole picture is taken", () => {
  const blank = picture(50, 50, () => grey(255));
  assert.ok(toModel(blank, 50, 50, [1, 28, 28], { fit: "centre" }).every((value) => value === 0));
});

test("what reaches us has at most 1,024 pixels on its longer side and is never enlarged", () => {
  assert.deepEqual(fit({ width: 7680, height: 5120 }), { width: 1024, height: 683 });
  assert.deepEqual(fit({ width: 30, height: 20 }), { width: 30, height: 20 });
  assert.deepEqual(fit({ width: 100_000, height: 2 }), { width: 1024, height: 1 });
});

test("an empty file is refused by name", async () => {
  await assert.rejects(readImage(new File([], "holiday.png", { type: "image/png" })), /“holiday\.png” is empty/);
});

test("what is no image is refused, with what it is", async () => {
  const letter = new File(["Dear all,"], "letter.txt", { type: "text/plain" });
  await assert.rejects(readImage(letter), /“letter\.txt” is no image: expected one, got text\/plain; choose a PNG/);
});

test("reading stops when it is called off", async () => {
  const gone = AbortSignal.abort();
  await assert.rejects(readImage(new Blob(["GIF89a"]), gone), { name: "AbortError" });
});

test("an SVG has its own size in any unit, else its proportions at 512 pixels", () => {
  const none = { width: null, height: null, viewBox: null };
  assert.deepEqual(svgSize({ ...none, width: "2in", height: "30" }), { width: 192, height: 30 });
  assert.deepEqual(svgSize({ ...none, viewBox: "0 0 100 50" }), { width: 512, height: 256 });
  const filling = { width: "100%", height: "100%", viewBox: "0,0,50,100" };
  assert.deepEqual(svgSize(filling), { width: 256, height: 512 });
  assert.deepEqual(svgSize({ ...none, width: "40", viewBox: "0 0 100 50" }), { width: 40, height: 20 });
  assert.deepEqual(svgSize(none), { width: 512, height: 512 });
});

/** @param {File[]} files @param {string[]} [types] */
const dropped = (files, types = ["Files"]) => /** @type {DataTransfer} */ (/** @type {unknown} */ ({ files, types }));
const photo = new File(["x"], "photo.jpg", { type: "image/jpeg" });
const letter = new File(["x"], "letter.pdf", { type: "application/pdf" });

test("the first image is found among other files", async () => {
  assert.equal(await imageFrom(dropped([letter, photo])), photo);
});

test("a file of no known type counts as an image by its name", async () => {
  const phone = new File(["x"], "IMG_1.HEIC");
  assert.equal(await imageFrom(dropped([phone])), phone);
  await assert.rejects(imageFrom(dropped([new File(["x"], "README")])), /got “README”/);
  await assert.rejects(imageFrom(dropped([new File(["x"], "scan.png", { type: "application/pdf" })])), /“scan\.png”/);
});

test("a paste and a drop are looked into", async () => {
  const paste = /** @type {ClipboardEvent} */ (/** @type {unknown} */ ({ clipboardData: dropped([photo]) }));
  const drop = /** @type {DragEvent} */ (/** @type {unknown} */ ({ dataTransfer: dropped([photo]) }));
  assert.equal(await imageFrom(paste), photo);
  assert.equal(await imageFrom(drop), photo);
});

test("the clipboard's own items are looked into", async () => {
  const item = { types: ["text/html", "image/png"], getType: async () => photo };
  const items = /** @type {ClipboardItem[]} */ (/** @type {unknown} */ ([item]));
  assert.equal(await imageFrom(items), photo);
});

test("where there is no image the sentence says what there was", async () => {
  await assert.rejects(imageFrom(dropped([], ["text/plain", "text/html"])), /expected one, got text; copy or choose/);
  await assert.rejects(imageFrom(dropped([], ["text/uri-list", "text/plain"])), /got a link; save the image behind it/);
  await assert.rejects(imageFrom(dropped([letter])), /got “letter\.pdf”/);
  await assert.rejects(imageFrom(dropped([], [])), /got nothing/);
});

/** @param {string} text one byte per letter */
const bytes = (text) => Uint8Array.from(text, (letter) => letter.charCodeAt(0));

test("formats are told by their first bytes", () => {
  const starts = {
    PNG: "\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
    JPEG: "\xff\xd8\xff\xe0\0\x10JFIF",
    GIF: "GIF89a",
    WebP: "RIFF\x24\0\0\0WEBPVP8 ",
    AVIF: "\0\0\0\x1cftypmif1\0\0\0\0mif1avif",
    HEIC: "\0\0\0\x18ftypheic\0\0\0\0mif1heic",
    TIFF: "II*\0\x08\0\0\0",
    BMP: "BM\x46\0\0\0\0\0\0\0\x36\0\0\0",
    SVG: '<?xml version="1.0"?>\n<!-- drawn -->\n<svg xmlns="http://www.w3.org/2000/svg">',
  };
  for (const [name, start] of Object.entries(starts)) assert.equal(formatOf(bytes(start))?.name, name);
});

test("text, a web page with a drawing in it, and nothing at all are no images", () => {
  for (const text of ["BMW sells cars, and other cars", "<!doctype html><html><svg></svg></html>", "%PDF-1.7", ""]) {
    assert.equal(formatOf(bytes(text)), null);
  }
});

const GIF_START = "GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xff\xff\xff"; // one pixel, a palette of two colours
const GIF_DELAY = "!\xf9\x04\0\x0a\0\0\0";
const GIF_FRAME = ",\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0";

test("a GIF is animated if it has a second frame", () => {
  const gif = { name: "GIF", type: "image/gif" };
  assert.equal(isAnimated(gif, bytes(`${GIF_START}${GIF_DELAY}${GIF_FRAME};`)), false);
  assert.equal(isAnimated(gif, bytes(`${GIF_START}${GIF_DELAY}${GIF_FRAME}${GIF_DELAY}${GIF_FRAME};`)), true);
  assert.equal(isAnimated(gif, bytes(GIF_START + GIF_FRAME.slice(0, 9))), false);
});

test("a PNG is animated if it says so before its pixels", () => {
  const png = { name: "PNG", type: "image/png" };
  const start = `\x89PNG\r\n\x1a\n\0\0\0\rIHDR${"\0".repeat(17)}`;
  assert.equal(isAnimated(png, bytes(`${start}\0\0\0\x08acTL${"\0".repeat(12)}`)), true);
  assert.equal(isAnimated(png, bytes(`${start}\0\0\0\x04IDATacTL\0\0\0\0`)), false);
});

test("a WebP is animated if its header says so", () => {
  const webp = { name: "WebP", type: "image/webp" };
  assert.equal(isAnimated(webp, bytes("RIFF\x24\0\0\0WEBPVP8X\x0a\0\0\0\x02\0\0\0")), true);
  assert.equal(isAnimated(webp, bytes("RIFF\x24\0\0\0WEBPVP8X\x0a\0\0\0\x10\0\0\0")), false);
});
