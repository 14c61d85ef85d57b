import assert from "node:assert/strict";
import test from "node:test";
import { slidersFor } from "../../../../../../pages/ui/components/latent_canvas/features/other_dimensions/other_dimensions.mjs";

test("dimensions on the map get no slider", () => {
  assert.deepEqual(slidersFor(2, [0, 1], [1, 2]), { active: [], inactive: [] });
  assert.deepEqual(slidersFor(4, [3, 0], null), { active: [1, 2], inactive: [] });
});

test("the most informative come first, and what says nothing is folded away", () => {
  assert.deepEqual(slidersFor(5, [0, 1], [9, 9, 0.5, 0.001, 2]), { active: [4, 2], inactive: [3] });
});

test("on the plane of the principal components every dimension has its slider", () => {
  assert.deepEqual(slidersFor(3, [], [0.1, 3, 1]).active, [1, 2, 0]);
});
