import assert from "node:assert/strict";
import test from "node:test";
import { opacityAt, pointStyle, Raster, stampsOf } from "../../../../pages/ui/browser/map/raster.mjs";

const RED = 0x0000ff; // little-endian RGB
const BLUE = 0xff0000;
const PALETTE = { colors: ["#ff0000", "#0000ff"], symbols: ["square", "square"] };
const WHOLE = 64; // what a pixel gets of a symbol that covers it

/** A plot area of 8 by 8 pixels, a unit of the map to a pixel, in a picture with an edge of 2 around it. */
const VIEW = { left: 2, top: 2, width: 8, height: 8, x: /** @type {[number, number]} */ ([0, 8]), y: /** @type {[number, number]} */ ([0, 8]) };

/**
 * @param {[x: number, y: number, value: number][]} points
 * @param {{size?: number, opacity?: number, isShown?: (value: number) => boolean, view?: typeof VIEW, symbols?: string[]}} [how]
 */
function drawn(points, { size = 2, opacity = 1, isShown = () => true, view = VIEW, symbols = PALETTE.symbols } = {}) {
  const raster = new Raster();
  raster.dress({ ...PALETTE, symbols }, size);
  const places = { x: Float32Array.from(points, ([x]) => x), y: Float32Array.from(points, ([, y]) => y) };
  const picture = raster.draw(places, points.map(([, , value]) => value), view, opacity, isShown);
  const rgba = new Uint32Array(picture.pixels.buffer);
  const at = (/** @type {number} */ column, /** @type {number} */ row) => rgba[row * picture.width + column];
  return { ...picture, rgba, at, inked: [...rgba].filter((pixel) => pixel).length };
}

const rgb = (/** @type {number} */ pixel) => pixel & 0xffffff;
const alpha = (/** @type {number} */ pixel) => pixel >>> 24;

test("the picture is the plot area, and says where that lies", () => {
  const { left, top, width, height, pixels } = drawn([]);
  assert.deepEqual([left, top, width, height, pixels.length], [2, 2, 8, 8, 4 * 64]);
  assert.ok(pixels.every((channel) => channel === 0), "without points it is empty");
});

test("a square of four pixels about its point covers each of nine by what lies inside it", () => {
  const { at, inked } = drawn([[4.25, 3.75, 0]]); // half a pixel's places: a quarter from the corner
  assert.equal(inked, 9);
  assert.equal(at(4, 4), ((255 << 24) | RED) >>> 0);
  const total = [3, 4, 5].flatMap((row) => [3, 4, 5].map((column) => alpha(at(column, row)))).reduce((sum, each) => sum + each);
  assert.ok(Math.abs(total - 4 * 255) <= 9, `its area is 4 pixels, got ${total / 255}`);
});

test("y grows upwards", () => {
  assert.ok(drawn([[0.5, 7.5, 0]]).at(0, 0));
  assert.ok(drawn([[0.5, 0.5, 0]]).at(0, 7));
});

test("a point at the edge is cut off there, one just beyond it reaches in, and one far away or nowhere is not drawn", () => {
  assert.ok(drawn([[0, 4, 0]]).at(0, 4));
  assert.ok(drawn([[8.4, 4, 0]]).at(7, 4));
  for (const place of [[99, 4], [4, -99], [1e30, 4], [NaN, 4], [4, NaN]]) {
    assert.equal(drawn([[place[0], place[1], 0]]).inked, 0, `at ${place}`);
  }
});

test("where two overlap, the later shows, and of the earlier what it lets through", () => {
  assert.equal(rgb(drawn([[4.25, 4.25, 0], [4.25, 4.25, 1]]).at(4, 3)), BLUE);
  const half = rgb(drawn([[4.25, 4.25, 0], [4.25, 4.25, 1]], { opacity: 0.5 }).at(4, 3));
  assert.deepEqual([half & 255, half >> 16], [128, 128]);
});

test("a symbol's thin edge gives way to what covers the pixel wholly", () => {
  const pixel = drawn([[2.75, 4.25, 0], [4.25, 4.25, 1]], { size: 3, opacity: 0.5 }).at(3, 3);
  assert.ok(pixel >>> 16 & 255, "blue");
});

test("values that are hidden, or that the palette does not have, are not drawn", () => {
  assert.equal(drawn([[4, 4, 1]], { isShown: (value) => value === 0 }).inked, 0);
  assert.equal(drawn([[4, 4, 7]]).inked, 0);
});

test("so many that a symbol is one pixel, each is one pixel", () => {
  const { inked, at } = drawn([[4.3, 4.6, 0], [1.9, 1.1, 1]], { size: 1 });
  assert.equal(inked, 2);
  assert.deepEqual([rgb(at(4, 3)), rgb(at(1, 6))], [RED, BLUE]);
  assert.equal(drawn([[-0.5, 4, 0], [8.5, 4, 0]], { size: 1 }).inked, 0, "none beside the plot area");
});

test("a picture does not depend on the one before it, of whatever size", () => {
  const raster = new Raster();
  raster.dress(PALETTE, 3);
  const places = { x: Float32Array.of(4), y: Float32Array.of(4) };
  const draw = (/** @type {typeof VIEW} */ view) => [...raster.draw(places, [0], view, 0.7, () => true).pixels];
  const first = draw(VIEW);
  draw({ ...VIEW, width: 20, height: 11 });
  raster.dress(PALETTE, 6);
  draw(VIEW);
  raster.dress(PALETTE, 3);
  assert.deepEqual(draw(VIEW), first);
});

test("the shapes of plotly's symbols have the areas that geometry gives them", () => {
  const r = 8;
  const areas = { square: 4 * r * r, circle: Math.PI * r * r, diamond: 2 * (1.3 * r) ** 2, "triangle-up": (3 * Math.sqrt(3)) / 4 * (1.2 * r) ** 2 };
  for (const [symbol, area] of Object.entries(areas)) {
    for (const { shares } of stampsOf(symbol, 2 * r)) {
      const covered = shares.reduce((sum, share) => sum + share, 0) / WHOLE;
      assert.ok(Math.abs(covered / area - 1) < 0.02, `${symbol}: ${covered} for ${area}`);
    }
  }
});

test("opacity grows from one point to the deepest without a step, and never falls", () => {
  assert.equal(opacityAt(0, 900 * WHOLE, 0.4), 0);
  assert.equal(opacityAt(WHOLE, 900 * WHOLE, 0.4), Math.round(255 * 0.4));
  assert.equal(opacityAt(900 * WHOLE, 900 * WHOLE, 0.4), 255);
  for (let depth = 1; depth < 900 * WHOLE; depth++) {
    const step = opacityAt(depth, 900 * WHOLE, 0.4) - opacityAt(depth - 1, 900 * WHOLE, 0.4);
    assert.ok(step >= 0 && step <= 3, `at ${depth / WHOLE} points: ${step}`);
  }
});

test("two points on one pixel look like more than one and less than everything", () => {
  const [one, two] = [1, 2].map((count) => opacityAt(count * WHOLE, 2 * WHOLE, 0.6));
  assert.ok(one < two && two < 255);
});

test("from a thousand points in view to a million they shrink and fade without a jump", () => {
  let before = pointStyle(1, 700);
  for (let count = 1; count < 5e6; count *= 1.05) {
    const style = pointStyle(count, 700);
    assert.ok(style.size <= before.size && before.size - style.size < 0.12);
    assert.ok(style.opacity <= before.opacity && before.opacity - style.opacity < 0.01);
    before = style;
  }
  assert.deepEqual([pointStyle(100, 700).size, Math.round(10 * before.size) / 10], [6, 1]);
  assert.ok(pointStyle(100, 300).size < 6, "on a small map they are smaller");
});
