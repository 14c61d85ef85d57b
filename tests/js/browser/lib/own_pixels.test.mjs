import assert from "node:assert/strict";
import test from "node:test";
import { ownPlace, ownWay } from "../../../../pages/ui/browser/lib/own_pixels.mjs";
import { element } from "../../fakes.mjs";

/** @param {object} style @param {any} [parentElement] @param {object} [more] */
const styled = (style, parentElement = null, more = {}) => /** @type {any} */ (Object.assign(element(), { style, parentElement, ...more }));

/** @param {number[]} got @param {number[]} wanted */
const near = (got, wanted) => got.forEach((value, at) => assert.ok(Math.abs(value - wanted[at]) < 1e-9, `${got} for ${wanted}`));

test("a way is undone of the scales, turns and mirrors around an element, the outermost first", () => {
  const outer = styled({ transform: "matrix(0, 1, -1, 0, 30, 40)" }); // a quarter turn
  near(ownWay(outer)(0, 10), [10, 0]);
  const inner = styled({ transform: "matrix(2, 0, 0, 4, 7, 7)" }, outer);
  near(ownWay(inner)(0, 10), [5, 0]);
  near(ownWay(inner)(-8, 0), [0, 2]);
  near(ownWay(styled({ scale: "0.5", rotate: "90deg" }))(0, 10), [20, 0]);
  near(ownWay(styled({ scale: "2 4" }))(10, 20), [5, 5]);
  near(ownWay(styled({ transform: "matrix3d(2, 0, 0, 0, 0, -1, 0, 0, 0, 0, 1, 0, 9, 9, 0, 1)" }))(10, 20), [5, -20]);
});

test("the zoom of all around is undone, too", () => {
  const outer = styled({ transform: "matrix(0.5, 0, 0, 0.5, 0, 0)" });
  near(ownWay(styled({}, outer, { currentCSSZoom: 1.25 }))(10, 20), [16, 32]);
});

test("a place is told from the element's own corner, however it lies in the window", () => {
  const turned = styled({ transform: "matrix(0, 1, -1, 0, 0, 0)" }, null, {
    offsetWidth: 200, offsetHeight: 100,
    getBoundingClientRect: () => ({ left: 50, top: 60, width: 100, height: 200 }),
  });
  near(ownPlace(turned, { clientX: 150, clientY: 60 }), [0, 0]);
  near(ownPlace(turned, { clientX: 150, clientY: 260 }), [200, 0]);
  near(ownPlace(turned, { clientX: 50, clientY: 160 }), [100, 100]);
});
