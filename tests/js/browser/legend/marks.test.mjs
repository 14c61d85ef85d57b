import assert from "node:assert/strict";
import test from "node:test";
import { HIDDEN, limitsFrom, limitsText, LISTED, mark, marksByCode, marksOf, SHADES, shadesOf, textNames } from "../../../../pages/ui/browser/legend/marks.mjs";
import { columnText, numbersOf, readColumn } from "../../../../pages/ui/browser/legend/column.mjs";

/** As the server sends it. @param {object} header @param {number[]} codes */
function columnOf(header, codes) {
  const whole = { kind: "number", bytes: 1, range: [0, 0], step: 0, beyond: [false, false], values: [], ...header };
  const text = new TextEncoder().encode(JSON.stringify(whole));
  const padding = (8 - ((4 + text.length) % 8)) % 8;
  const own = whole.bytes === 2 ? Uint16Array.from(codes) : Uint8Array.from(codes);
  const file = new Uint8Array(4 + text.length + padding + own.byteLength).fill(32);
  new DataView(file.buffer).setUint32(0, text.length + padding, true);
  file.set(text, 4);
  file.set(new Uint8Array(own.buffer), 4 + text.length + padding);
  return readColumn("size", file.buffer);
}

const SIZES = () => columnOf({ step: 1, range: [1, 5] }, [0, 2, 4, 255]);

test("numbers are what their codes stand for, and a code stands for what is not known", () => {
  assert.deepEqual([...numbersOf(SIZES())], [1, 3, 5, NaN]);
  assert.deepEqual([...numbersOf(columnOf({ bytes: 2, range: [-1, 4], step: 0.5 }, [4, 65535]))], [1, NaN]);
  assert.deepEqual([0, 3, 9].map((image) => columnText(SIZES(), image)), ["size 1", "", ""]);
});

test("the least number has the first shade, the largest the last, and what is not known one of its own", () => {
  const column = SIZES();
  const marks = marksByCode(column);
  assert.deepEqual([...column.codes].map((code) => marks[code]), [0, SHADES / 2, SHADES - 1, SHADES]);
});

test("what lies beyond the limits is not drawn, nor then what is not known", () => {
  const column = SIZES();
  const marks = marksByCode(column, { from: 3, to: Infinity });
  assert.deepEqual([...column.codes].map((code) => marks[code] === HIDDEN), [true, false, false, true]);
});

test("numbers beyond the range have the outermost shades, and say on which side they lie", () => {
  const column = columnOf({ step: 1, range: [10, 20], beyond: [false, true] }, [0, 9, 10]);
  assert.deepEqual([...column.codes].map((code) => marksByCode(column)[code]).filter((mark) => mark === SHADES - 1).length, 1);
  assert.deepEqual([0, 1, 2].map((image) => columnText(column, image)), ["size 10", "size 19", "size ≥ 20"]);
});

test("a column of one number has one shade", () => {
  assert.equal(marksByCode(columnOf({ step: 1, range: [4, 4] }, [0]))[0], 0);
});

test("the most frequent texts have names of their own, and all others one together", () => {
  const values = Array.from({ length: 12 }, (_, nth) => `text ${nth}`);
  const many = columnOf({ kind: "text", values }, [0, 11, 255]);
  assert.deepEqual([textNames(many).length, textNames(many).at(-1)], [LISTED, "other (3)"]);
  assert.deepEqual([...marksByCode(many)].slice(7, 13), [7, 8, 9, 9, 9, 9]);
  const few = columnOf({ kind: "text", values: ["a", "b"] }, [0, 1, 255]);
  assert.deepEqual(textNames(few), ["a", "b", "not known"]);
  assert.deepEqual(textNames(columnOf({ kind: "text", values: ["a", "b"] }, [0, 1])), ["a", "b"]);
});

test("points are marked by the numbers of their images, and by their classes without a column", () => {
  const embedding = /** @type {any} */ ({ index: Int32Array.of(2, 0), labels: Uint8Array.of(7, 8) });
  mark(embedding, SIZES(), marksByCode(SIZES()));
  assert.deepEqual([...marksOf(embedding)], [SHADES - 1, 0]);
  mark(embedding, null, new Uint8Array());
  assert.deepEqual([...marksOf(embedding)], [7, 8]);
});

test("limits are kept in the address as they are read from it", () => {
  for (const text of ["", "0.5~2", "~-3", "1e-7~"]) assert.equal(limitsText(limitsFrom(text)), text);
  assert.deepEqual(limitsFrom("3,5"), { from: -Infinity, to: Infinity });
});

test("shades go from the first colour of a scale to its last", () => {
  const shades = shadesOf(["#000000", "#808080", "#ffffff"]);
  assert.deepEqual([shades.length, shades[0], shades.at(-1)], [SHADES, "rgb(0, 0, 0)", "rgb(255, 255, 255)"]);
});
