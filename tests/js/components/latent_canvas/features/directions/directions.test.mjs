import assert from "node:assert/strict";
import test from "node:test";
import { along, arrowText, keptFrom, keptText, lengthOf, meanOfRows, outlineOf, rowsOf } from "../../../../../../pages/ui/components/latent_canvas/features/directions/directions.mjs";
import { homeView, isInOutline, toPixels } from "../../../../../../pages/ui/browser/maths/coordinates.mjs";
import { element, event } from "../../../../fakes.mjs";
import { Lasso } from "../../../../../../pages/ui/browser/map/gestures.mjs";

/** @import { Choice, Group } from "../../../../../../pages/ui/components/latent_canvas/features/directions/directions.mjs" */
/** @import { Point } from "../../../../../../pages/ui/browser/lib/types.mjs" */

/** @type {Point[]} a C, open to the right: its hollow is not inside */
const HOOK = [[0, 0], [3, 0], [3, 1], [1, 1], [1, 2], [3, 2], [3, 3], [0, 3]];

/** Four points in three dimensions, of which the map shows the first two. */
const embedding = /** @type {any} */ ({
  count: 4,
  latentDim: 3,
  index: Int32Array.of(11, 12, 13, 14),
  labels: Uint8Array.of(0, 0, 1, 1),
  x: Float32Array.of(0, 2, 0.5, 2),
  y: Float32Array.of(0, 0, 2.5, 1.5),
});
/** Their posteriors. */
const posteriors = /** @type {any} */ ({
  latentDim: 3,
  mu: Float32Array.of(0, 0, 1, 2, 0, 3, 0.5, 2.5, 0, 2, 1.5, 5),
  logvar: new Float32Array(12),
  index: embedding.index,
});
const everyClass = () => true;

/** @param {string} name @param {number[]} mean @param {number} [count] @returns {Group} */
const group = (name, mean, count = 2) => ({
  name,
  rows: Array.from({ length: count }, (_, row) => row),
  mean: Float64Array.from(mean),
});

test("inside is what an outline encloses, whatever its shape", () => {
  const inside = [[0.5, 0.5], [0.5, 1.5], [2.5, 2.5], [2.9, 0.1]];
  const outside = [[2, 1.5], [-1, 1], [4, 0.5], [1.5, 3.5], [2.9, 1.1]];
  assert.deepEqual(inside.map(([x, y]) => isInOutline(HOOK, x, y)), inside.map(() => true));
  assert.deepEqual(outside.map(([x, y]) => isInOutline(HOOK, x, y)), outside.map(() => false));
});

test("points on a common edge of two outlines are in exactly one of them", () => {
  const [left, right] = /** @type {Point[][]} */ ([[[0, 0], [1, 0], [1, 1], [0, 1]], [[1, 0], [2, 0], [2, 1], [1, 1]]]);
  for (const y of [0.2, 0.5, 0.9]) assert.equal([left, right].filter((each) => isInOutline(each, 1, y)).length, 1);
});

test("a class is all of its points, a drawn group the shown points inside", () => {
  assert.deepEqual(rowsOf({ kind: "class", label: 1 }, embedding, () => false), [2, 3]);
  /** @type {Choice} */
  const drawn = { kind: "drawn", outline: HOOK.map(([x, y]) => [x - 0.1, y - 0.1]) };
  assert.deepEqual(rowsOf(drawn, embedding, everyClass), [0, 1, 2], "the fourth lies in the hollow");
  assert.deepEqual(rowsOf(drawn, embedding, (label) => label === 1), [2]);
});

test("the arrow goes from mean to mean in every dimension, also in those that the map does not show", () => {
  const [a, b] = [0, 1].map((label) => {
    const rows = rowsOf({ kind: "class", label }, embedding, everyClass);
    return { name: String(label), rows, mean: meanOfRows(rows, embedding, posteriors) };
  });
  assert.deepEqual([[...a.mean], [...b.mean]], [[1, 0, 2], [1.25, 2, 2.5]]);
  assert.deepEqual(along([10, 20, 30], a, b, 1), [10.25, 22, 30.5]);
  assert.deepEqual(along([10, 20, 30], a, b, -2), [9.5, 16, 29]);
  assert.deepEqual(along([10, 20, 30], a, b, 0), [10, 20, 30]);
  assert.ok(Math.abs(lengthOf(a, b) - Math.sqrt(0.25 ** 2 + 2 ** 2 + 0.5 ** 2)) < 1e-12);
});

test("of very many points the mean is that of those whose posteriors have come, and of none there is none", () => {
  const some = { ...posteriors, mu: posteriors.mu.subarray(3), logvar: posteriors.logvar.subarray(3), index: Int32Array.of(12, 13, 14) };
  assert.deepEqual([...meanOfRows([0, 1], embedding, some)], [2, 0, 3]);
  assert.ok(meanOfRows([0], embedding, some).every(Number.isNaN));
});

test("an arrow is told in words, and so is why there is none", () => {
  const [seven, one] = [group("7", [0, 0], 1), group("1", [3, 4], 1200)];
  assert.equal(arrowText(seven, one), "From 7 (1 point) to 1 (1\u202f200 points): the arrow is 5.00 long in 2 dimensions.");
  assert.match(arrowText(seven, group("group B", [NaN, NaN], 0)), /no points in group B; choose another/);
  assert.match(arrowText(seven, seven), /same mean; choose/);
});

test("an outline keeps few corners, spread over the whole stroke", () => {
  const stroke = Array.from({ length: 500 }, (_, at) => /** @type {Point} */ ([Math.cos(at / 79.6), Math.sin(at / 79.6)]));
  const outline = outlineOf(stroke);
  assert.equal(outline.length, 24);
  const gaps = outline.map(([x, y], at) => {
    const [beforeX, beforeY] = outline.at(at - 1) ?? [NaN, NaN];
    return Math.hypot(x - beforeX, y - beforeY);
  });
  assert.ok(Math.max(...gaps) < 0.3, String(Math.max(...gaps)));
  assert.deepEqual(outlineOf([[0.123, -0.001], [1, 2]]), [[0.12, 0], [1, 2]]);
});

test("what the address keeps of an arrow comes back the same", () => {
  /** @type {[Choice, Choice]} */
  const choices = [{ kind: "class", label: 3 }, { kind: "drawn", outline: [[0, 1.25], [-2, 0.5], [1, 1]] }];
  const text = keptText({ choices, share: 0.5 });
  assert.equal(text, "c3~0,1.25,-2,0.5,1,1~0.5");
  assert.deepEqual(keptFrom(text, 10), { choices, share: 0.5 });
});

test("an address that names no two groups has no arrow", () => {
  for (const text of ["", "c3", "c3~c10~0", "c3~0,0,1,1~0", "c3~c4~x", "~c4~0"]) assert.equal(keptFrom(text, 10), null, text);
});

/** A lasso on a sheet at (100, 50), and what it tells. */
function lassoByHand() {
  /** @type {Point[][]} */
  const drawn = [];
  /** @type {Point[]} */
  let drawing = [];
  /** @type {boolean[]} */
  const switched = [];
  const view = homeView(652, 652, 4);
  const sheet = Object.assign(element(), { hidden: true, getBoundingClientRect: () => ({ left: 100, top: 50, width: 0, height: 0 }), offsetWidth: 0, offsetHeight: 0 });
  const world = new EventTarget();
  const lasso = new Lasso(/** @type {any} */ (sheet), {
    view: () => view,
    onDraw: (stroke) => void (drawing = stroke),
    onOutline: (stroke) => void drawn.push(stroke),
    onSwitch: (isOn) => void switched.push(isOn),
  }, world);
  /** @param {string} type @param {Point} z @param {number} [pointerId] */
  const point = (type, z, pointerId = 1) => {
    const [x, y] = toPixels(view, z);
    sheet.dispatchEvent(event(type, { clientX: x + 100, clientY: y + 50, pointerId, button: 0 }));
  };
  const escape = () => world.dispatchEvent(event("keydown", { key: "Escape" }));
  return { lasso, sheet, point, escape, drawn, switched, drawing: () => drawing };
}

test("a stroke around points is told in map units when the hand lets go", () => {
  const { lasso, sheet, point, drawn, drawing } = lassoByHand();
  lasso.turn(true);
  assert.equal(sheet.hidden, false);
  point("pointerdown", [-1, -1]);
  for (const z of /** @type {Point[]} */ ([[1, -1], [1, 1]])) point("pointermove", z);
  assert.equal(drawing().length, 3);
  point("pointermove", [0, 3], 2); // another finger is not the one that draws
  point("pointerup", [1, 1]);
  assert.deepEqual(drawn.map((stroke) => stroke.map((z) => z.map((value) => Math.round(1e6 * value) / 1e6))), [[[-1, -1], [1, -1], [1, 1]]]);
  assert.deepEqual(drawing(), []);
});

test("a tap encloses nothing", () => {
  const { lasso, point, drawn } = lassoByHand();
  lasso.turn(true);
  point("pointerdown", [0, 0]);
  point("pointerup", [0, 0]);
  assert.deepEqual(drawn, []);
});

test("Escape gives up the stroke first and drawing next", () => {
  const { lasso, sheet, point, escape, drawn, switched } = lassoByHand();
  lasso.turn(true);
  point("pointerdown", [0, 0]);
  point("pointermove", [1, 0]);
  point("pointermove", [1, 1]);
  escape();
  point("pointermove", [0, 2]);
  point("pointerup", [0, 2]);
  assert.deepEqual([drawn, lasso.isOn], [[], true]);
  escape();
  assert.deepEqual([lasso.isOn, sheet.hidden, switched], [false, true, [true, false]]);
});
