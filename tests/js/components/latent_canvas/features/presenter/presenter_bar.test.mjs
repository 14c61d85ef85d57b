import assert from "node:assert/strict";
import test from "node:test";
import { actionOf } from "../../../../../../pages/ui/components/latent_canvas/features/presenter/presenter_bar.mjs";

const handle = { tagName: "INPUT", type: "range" };
const name = { tagName: "INPUT", type: "text" };

/**
 * @param {string} key @param {import("../../../../../../pages/ui/components/latent_canvas/features/presenter/presenter_bar.mjs").Focused | null} [focused]
 * @param {{isPresenting?: boolean, isByKeyboard?: boolean, ctrlKey?: boolean}} [mode]
 */
function press(key, focused = null, { isPresenting = true, isByKeyboard = true, ctrlKey = false } = {}) {
  return actionOf({ key, ctrlKey, altKey: false, metaKey: false }, focused, { isPresenting, isByKeyboard });
}

test("P enters and leaves, Escape leaves", () => {
  assert.equal(press("p", null, { isPresenting: false }), "enter");
  assert.equal(press("P", null, { isPresenting: false }), "enter");
  assert.equal(press("p"), "leave");
  assert.equal(press("Escape"), "leave");
});

test("outside presenter's mode no other key is ours", () => {
  for (const key of ["Escape", "ArrowRight", "PageDown", " ", "c"]) assert.equal(press(key, null, { isPresenting: false }), null);
});

test("a field keeps every key that is typed into it", () => {
  for (const key of ["p", "Escape", "ArrowLeft", " "]) {
    assert.equal(press(key, name), null);
    assert.equal(press(key, name, { isPresenting: false }), null);
    assert.equal(press(key, { tagName: "TEXTAREA" }), null);
    assert.equal(press(key, { tagName: "DIV", isContentEditable: true }), null);
  }
});

test("with Ctrl, Alt or the command key it is the browser's", () => {
  assert.equal(press("p", null, { ctrlKey: true, isPresenting: false }), null);
});

test("arrows and a clicker's page keys step through the tour", () => {
  assert.deepEqual(["ArrowRight", "PageDown"].map((key) => press(key)), ["next", "next"]);
  assert.deepEqual(["ArrowLeft", "PageUp"].map((key) => press(key)), ["previous", "previous"]);
  assert.deepEqual([" ", "Home", "End", "c"].map((key) => press(key)), ["play", "first", "last", "captions"]);
});

test("a handle that was reached by the keyboard keeps its arrows, but never the clicker's keys", () => {
  assert.equal(press("ArrowRight", handle), null);
  assert.equal(press("Home", handle), null);
  assert.equal(press("PageDown", handle), "next");
});

test("a handle that was dragged by hand does not hold on to the arrows", () => {
  assert.equal(press("ArrowRight", handle, { isByKeyboard: false }), "next");
});

test("the space bar presses the button that has the focus, if a key brought it there", () => {
  assert.equal(press(" ", { tagName: "BUTTON" }), null);
  assert.equal(press(" ", { tagName: "BUTTON" }, { isByKeyboard: false }), "play");
});
