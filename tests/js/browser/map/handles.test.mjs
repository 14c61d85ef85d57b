import assert from "node:assert/strict";
import test from "node:test";
import { keyMove } from "../../../../pages/ui/browser/map/handles.mjs";

/** @param {string} key @param {boolean} [shiftKey] */
const press = (key, shiftKey = false) => keyMove({ key, shiftKey });

test("arrows step along both axes, up being the greater", () => {
  assert.deepEqual(press("ArrowRight"), [0.05, 0]);
  assert.deepEqual(press("ArrowLeft"), [-0.05, 0]);
  assert.deepEqual(press("ArrowUp"), [0, 0.05]);
  assert.deepEqual(press("ArrowDown"), [0, -0.05]);
});

test("Shift, Page keys, Home and End step ten times as far", () => {
  assert.deepEqual(press("ArrowRight", true), [0.5, 0]);
  assert.deepEqual(press("PageUp"), [0, 0.5]);
  assert.deepEqual(press("PageDown"), [0, -0.5]);
  assert.deepEqual(press("Home"), [-0.5, 0]);
  assert.deepEqual(press("End"), [0.5, 0]);
});

test("other keys are left to the browser", () => {
  assert.equal(press("Tab"), null);
  assert.equal(press("a"), null);
});
