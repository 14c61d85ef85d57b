import assert from "node:assert/strict";
import test from "node:test";
import { formatOf, isAnimated } from "../../../../pages/ui/browser/media/formats.mjs";
import { imageFrom } from "../../../../pages/ui/browser/media/transfers.mjs";

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
