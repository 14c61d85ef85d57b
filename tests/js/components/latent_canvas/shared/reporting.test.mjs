import assert from "node:assert/strict";
import test from "node:test";
import { Reporting } from "../../../../../pages/ui/components/latent_canvas/shared/reporting.mjs";

/** @param {...number} z */
const handle = (...z) => ({ name: "", z });

/** @param {...number[]} places the only handle's, told one after the other */
function told(...places) {
  /** @type {object[]} */
  const sent = [];
  const reporting = new Reporting((state) => sent.push(state), { handles: [handle(0, 0)], active: 0, show: [], options: {} });
  for (const place of places) reporting.tell({ handles: [handle(...place)], active: 0, show: [], options: {} });
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
  /** @type {import("../../../../../pages/ui/browser/lib/types.mjs").HandlesState[]} */
  const states = [
    { handles: [handle(1, 0)], active: 1, show: [], options: {} },
    { handles: named, active: 1, show: [], options: {} },
    { handles: named, active: 1, show: ["lattice"], options: {} },
    { handles: named, active: 1, show: ["lattice"], options: { view: "0,0,2" } },
  ];
  for (const state of states) {
    reporting.tell(state);
    assert.deepEqual(sent.at(-1), state);
  }
});
