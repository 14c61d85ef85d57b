import assert from "node:assert/strict";
import test from "node:test";

const MODULE = "../../../../pages/ui/browser/media/read_back.mjs";

/** @typedef {(rgba: Uint8ClampedArray) => Uint8ClampedArray} Told what a browser makes of the pixels that were drawn */

/**
 * A browser that gives back pixels in its own ways, and the module as a fresh page has it.
 * @param {Told} canvas @param {Told | null} frame null: it knows no VideoFrame
 */
async function pageOf(canvas, frame) {
  /** @param {number} width @param {number} height */
  const imageData = (width, height) => ({ width, height, data: new Uint8ClampedArray(4 * width * height) });
  class FakeCanvas {
    constructor(/** @type {number} */ width, /** @type {number} */ height) {
      Object.assign(this, imageData(width, height));
    }
    getContext() {
      const own = /** @type {any} */ (this);
      return {
        putImageData: (/** @type {any} */ image) => own.data.set(image.data),
        getImageData: () => ({ data: canvas(own.data.slice()) }),
      };
    }
  }
  class FakeFrame {
    constructor(/** @type {any} */ source) {
      this.data = source.data.slice();
    }
    allocationSize() {
      return this.data.length;
    }
    async copyTo(/** @type {Uint8ClampedArray} */ to) {
      to.set(/** @type {Told} */ (frame)(this.data));
    }
    close() {}
  }
  const ImageData = function (/** @type {number} */ width, /** @type {number} */ height) {
    return imageData(width, height);
  };
  Object.assign(globalThis, { OffscreenCanvas: FakeCanvas, ImageData, VideoFrame: frame ? FakeFrame : undefined });
  const { readBack, expectHonestCanvas } = await import(`${MODULE}?${Math.random()}`);
  const drawn = new FakeCanvas(2, 1);
  const pixels = Uint8ClampedArray.of(200, 100, 50, 255, 7, 8, 9, 0);
  /** @type {any} */ (drawn).data.set(pixels);
  return { expectHonestCanvas, read: () => readBack(drawn), pixels };
}

/** @type {Told} */
const honest = (rgba) => rgba;
/** @type {Told} */
const white = (rgba) => rgba.fill(255);
/** The least that browsers do: a bit in one pixel. @type {Told} */
const speck = (rgba) => rgba.map((value, at) => (at === 12 ? value ^ 1 : value));
const REFUSAL = { message: /allow this page to read its canvas/ };

test("an honest canvas is read as it is", async () => {
  const { read, pixels, expectHonestCanvas } = await pageOf(honest, null);
  assert.deepEqual(await read(), pixels);
  await expectHonestCanvas();
});

for (const [name, told] of /** @type {[string, Told][]} */ ([["blanked", white], ["noised", speck]])) {
  test(`what a ${name} canvas held is read as a frame of a film, and no file is made of it`, async () => {
    const { read, pixels, expectHonestCanvas } = await pageOf(told, honest);
    assert.deepEqual(await read(), pixels);
    await assert.rejects(expectHonestCanvas(), REFUSAL);
  });

  test(`where a ${name} canvas is all there is, a sentence says so`, async () => {
    for (const frame of [null, white, speck]) {
      const { read } = await pageOf(told, frame);
      await assert.rejects(read(), REFUSAL);
    }
  });
}

test("colours that a frame has multiplied by their alpha are divided by it", async () => {
  const { read } = await pageOf(white, (rgba) => rgba.map((value, at) => (rgba[0] === 200 && at < 4 ? [100, 50, 25, 128][at] : value)));
  assert.deepEqual([...(await read()).slice(0, 4)], [199, 100, 50, 128]);
});
