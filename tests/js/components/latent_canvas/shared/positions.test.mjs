import assert from "node:assert/strict";
import test from "node:test";
import { roomiest } from "../../../../../pages/ui/browser/maths/coordinates.mjs";
import { packed, HandleReports, sameHandles, unpacked } from "../../../../../pages/ui/components/latent_canvas/shared/positions.mjs";

const flat = { latentDim: 2, dims: /** @type {[number, number]} */ ([0, 1]) };
const deep = { latentDim: 5, dims: /** @type {[number, number]} */ ([3, 1]) };

/** @param {number} x @param {number} y @returns {[number, number]} */
const point = (x, y) => [x, y];

/** @param {...number} z */
const handle = (...z) => ({ name: "", z });

test("two numbers are a place on the map, the rest of latent space at the prior's mean", () => {
  assert.deepEqual(unpacked([1.5, -2], flat), [1.5, -2]);
  assert.deepEqual(unpacked([1.5, -2], deep), [0, -2, 0, 1.5, 0]);
});

test("more numbers are the coordinates from the first dimension on", () => {
  assert.deepEqual(unpacked([1, 2, 3], deep), [1, 2, 3, 0, 0]);
  assert.deepEqual(unpacked([1, 2, 3, 4, 5, 6, 7], deep), [1, 2, 3, 4, 5]);
});

test("of a space of one dimension the address has one number, and an older one of two takes the first", () => {
  const line = { latentDim: 1, dims: [0] };
  assert.deepEqual(unpacked([1.5], line), [1.5]);
  assert.deepEqual(unpacked([1.5, -2], line), [1.5]);
  assert.deepEqual(unpacked([1.5, -2, 3], line), [1.5]);
  assert.deepEqual(packed([-1 / 3], line), [-0.3333]);
});

test("a single number on a plane lies on its first dimension", () => {
  assert.deepEqual(unpacked([1.5], flat), [1.5, 0]);
});

test("a place is told in as few numbers as name it, to four decimals", () => {
  assert.deepEqual(packed([1 / 3, -2 / 3], flat), [0.3333, -0.6667]);
  assert.deepEqual(packed([0, -2, 0, 1.5, 0], deep), [1.5, -2]);
  assert.deepEqual(packed([0.5, 0, 0, 0, 0], deep), [0.5, 0, 0]);
  assert.deepEqual(packed([0, 0, 0, 0, 7], deep), [0, 0, 0, 0, 7]);
});

test("what was packed is unpacked to the same place", () => {
  for (const z of [[0, -2, 0, 1.5, 0], [0.5, 0, 0, 0, 0], [1, 2, 3, 4, 5], [0, 0, 0, 0, 0]]) {
    assert.deepEqual(unpacked(packed(z, deep), deep), z);
  }
});

test("handles that differ by a URL's rounding are the same, others are not", () => {
  assert.equal(sameHandles([handle(1.2346, 12.346)], [handle(1.235, 12.35)]), true);
  assert.equal(sameHandles([handle(1.23, 0)], [handle(1.24, 0)]), false);
  assert.equal(sameHandles([handle(1, 0)], [handle(1, 0, 0)]), false);
  assert.equal(sameHandles([handle(0, 0)], []), false);
  assert.equal(sameHandles([{ name: "smile", z: [0, 0] }], [handle(0, 0)]), false);
});

test("a new handle stands in view, away from those there are", () => {
  const view = { left: 0, top: 0, width: 100, height: 100, x: point(-4, 4), y: point(-4, 4) };
  const others = [point(1.6, 0), point(0, 1.6), point(-1.6, 0)];
  const [x, y] = roomiest([0, 0], others, view);
  assert.ok(y < -1.5 && Math.abs(x) < 0.7, "the one side that is free");
  const corner = roomiest([4, 4], [], view);
  assert.ok(corner.every((value) => Math.abs(value) < 4));
});

/** @param {...number[]} places the only handle's, told one after the other */
function told(...places) {
  /** @type {object[]} */
  const sent = [];
  const reporting = new HandleReports((state) => sent.push(state), { handles: [handle(0, 0)], active: 0, show: [], options: {} });
  for (const place of places) reporting.report({ handles: [handle(...place)], active: 0, show: [], options: {} });
  return { reporting, sent };
}

test("handles are told with their names and places", () => {
  assert.deepEqual(told([0.3333, -0.6667]).sent, [{ handles: [handle(0.3333, -0.6667)], active: 0, show: [], options: {} }]);
});

test("an answer that repeats what was told is an echo, even when rounded or late", () => {
  const { reporting } = told([1.23456, 0], [2, 0]);
  assert.equal(reporting.isEcho([handle(1.235, 0)]), true);
  assert.equal(reporting.isEcho([handle(2, 0)]), true);
});

test("the same position once more is a wish, since its echo has been heard", () => {
  const { reporting } = told([1, 0], [2, 0]);
  reporting.isEcho([handle(2, 0)]);
  assert.equal(reporting.isEcho([handle(1, 0)]), false);
});

test("a position that was never told is a wish of the page's", () => {
  assert.equal(told([1, 0]).reporting.isEcho([handle(0, 0)]), false);
});

test("what Python knows already is not told again", () => {
  assert.equal(told([0, 0]).sent.length, 0);
  assert.equal(told([1, 0], [1, 0], [0, 0]).sent.length, 2);
});

test("another active handle, name, layer or option is told even where nothing moved", () => {
  const { reporting, sent } = told([1, 0]);
  const named = [{ name: "smile", z: [1, 0] }];
  /** @type {import("../../../../../pages/ui/browser/lib/contract.mjs").HandlesState[]} */
  const states = [
    { handles: [handle(1, 0)], active: 1, show: [], options: {} },
    { handles: named, active: 1, show: [], options: {} },
    { handles: named, active: 1, show: ["lattice"], options: {} },
    { handles: named, active: 1, show: ["lattice"], options: { view: "0,0,2" } },
  ];
  for (const state of states) {
    reporting.report(state);
    assert.deepEqual(sent.at(-1), state);
  }
});

test("on a line, another handle goes to the side with more room and not above", () => {
  const view = { left: 0, top: 0, width: 100, height: 100, x: point(-4, 4), y: point(-1, 7) };
  assert.ok(furthest(roomiest([0, 0], [[1.5, 0]], view, 2), [-1.6, 0]) < 1e-12);
  assert.ok(furthest(roomiest([0, 0], [[-1.5, 0]], view, 2), [1.6, 0]) < 1e-12);
});

/** @param {readonly number[]} one @param {readonly number[]} other */
const furthest = (one, other) => Math.max(...one.map((value, axis) => Math.abs(value - other[axis])));
