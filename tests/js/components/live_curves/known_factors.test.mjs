import assert from "node:assert/strict";
import test from "node:test";
import { lineOf, toldOf } from "../../../../pages/ui/components/live_curves/known_factors.mjs";

/** @param {object[]} rows */
const told = (rows) => toldOf(/** @type {any} */ (rows));

test("only held-out rows that were measured against factors tell of them, and rows of older runs do not", () => {
  const rows = [{ split: "train", step: 1 }, { split: "held-out", step: 2 }, { split: "held-out", step: 4, mig: 0.25, dci: 0 }];
  assert.deepEqual(told(rows), [{ step: 4, mig: 0.25, dci: 0 }]);
});

test("a line goes to the right with its steps, and up with its figure", () => {
  const rows = told([{ step: 10, mig: 0, dci: 1 }, { step: 40, mig: 0.5, dci: 1 }]);
  assert.equal(lineOf(rows, "mig"), "25.00,100.00 100.00,50.00");
  assert.equal(lineOf(rows, "dci"), "25.00,0.00 100.00,0.00");
});
