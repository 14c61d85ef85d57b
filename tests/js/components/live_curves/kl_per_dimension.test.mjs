import assert from "node:assert/strict";
import test from "node:test";
import {
  columnsOf, heightOf, MOST_COLUMNS, shades, thinnedColumns,
} from "../../../../pages/ui/components/live_curves/kl_per_dimension.mjs";

test("a column stands for each row that has a KL per dimension", () => {
  const columns = columnsOf([
    { split: "held-out", step: 0, kl_per_dim_nats: [0, 0.1] },
    { split: "train", step: 4 },
    { split: "held-out", step: 8, kl_per_dim_nats: [2, 0.1] },
  ]);
  assert.deepEqual(columns.map(({ step }) => step), [0, 8]);
});

test("the darkest cell is the highest KL of all, and a line is a dimension", () => {
  const lines = shades([{ step: 0, nats: [0, 1] }, { step: 8, nats: [4, 0] }]);
  assert.deepEqual(lines, [[0, 1], [0.5, 0]]);
});

test("a KL of nothing everywhere is drawn as nothing, and one a little below zero, too", () => {
  assert.deepEqual(shades([{ step: 0, nats: [0, -1e-9] }]), [[0], [0]]);
  assert.deepEqual(shades([]), []);
});

test("where every dimension has collapsed, the strip is pale however small the highest KL is", () => {
  const [line] = shades([{ step: 0, nats: [1e-6, 1e-7] }]);
  assert.ok(line[0] < 0.01);
});

test("too many columns are thinned, and the first and the newest stay", () => {
  const columns = Array.from({ length: 1001 }, (_, step) => ({ step, nats: [1] }));
  const thin = thinnedColumns(columns);
  assert.ok(thin.length <= MOST_COLUMNS);
  assert.equal(thin[0].step, 0);
  assert.equal(thin[thin.length - 1].step, 1000);
});

test("two dimensions are lines of a finger's breadth together, sixty-four are no skyscraper", () => {
  assert.equal(heightOf(2), 24);
  assert.equal(heightOf(64), 72);
});
