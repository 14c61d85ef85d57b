import assert from "node:assert/strict";
import test from "node:test";
import { headline } from "../../pages/ui/live_curves/header.mjs";
import { lines, rangeOf, thinned } from "../../pages/ui/live_curves/series.mjs";

/** @type {import("../../pages/ui/live_curves/series.mjs").Row[]} */
const rows = [
  { split: "train", step: 1, reconstruction_nats: 500, kl_nats: 2 },
  { split: "held-out", step: 1, reconstruction_nats: 510, kl_nats: 3 },
  { split: "train", step: 5, reconstruction_nats: 180, kl_nats: 6 },
];

test("rows become six lines: reconstruction, KL and their sum, training before held-out", () => {
  assert.deepEqual(lines(rows).map(({ y }) => y), [[500, 180], [510], [2, 6], [3], [502, 186], [513]]);
  assert.deepEqual(lines(rows)[0].x, [1, 5]);
});

test("a line that grew too long keeps its first and its newest point", () => {
  const x = Array.from({ length: 10_002 }, (_, at) => at);
  const thin = thinned({ x, y: x });
  assert.ok(thin.x.length <= 5000);
  assert.equal(thin.x[0], 0);
  assert.equal(thin.x[thin.x.length - 1], 10_001);
  assert.deepEqual(thin.x, thin.y);
});

test("a short line is left as it is", () => {
  assert.deepEqual(thinned({ x: [1, 2], y: [3, 4] }), { x: [1, 2], y: [3, 4] });
});

test("the fall of the first steps does not press the rest into a flat line", () => {
  const x = Array.from({ length: 101 }, (_, at) => 10 * at);
  const y = x.map((step) => (step < 50 ? 540 : 150 + step / 100));
  const [low, high] = rangeOf([{ x, y }]);
  assert.ok(low < 150.5 && low > 140 && high > 160 && high < 170);
});

test("an axis without values, or with one, still has a range", () => {
  assert.deepEqual(rangeOf([{ x: [], y: [] }]), [0, 1]);
  const [low, high] = rangeOf([{ x: [1], y: [100] }]);
  assert.ok(low < 100 && high > 100);
  assert.deepEqual(rangeOf([{ x: [1], y: [Number.NaN] }]), [0, 1]);
});

/** @type {import("../../pages/ui/shared/types.mjs").Status} */
const running = {
  state: "running",
  step: 940,
  total_steps: 2820,
  epoch: 4,
  epochs: 12,
  images_per_s: 12_345.6,
  eta_s: 42.4,
  place: 0,
};

test("the head says how far a run is, how fast, and how long it will take", () => {
  assert.deepEqual(headline(running), {
    state: "Training",
    left: "42 s left",
    step: "Epoch 4 of 12, step 940 of 2\u202f820",
    speed: "12\u202f346 images/s",
    share: 1 / 3,
  });
});

test("a waiting run says its place in line, a finished one no time left", () => {
  assert.equal(headline({ ...running, state: "queued", place: 2 }).state, "Waiting, number 2 in line");
  assert.equal(headline({ ...running, state: "finished", eta_s: 0 }).left, "");
  assert.equal(headline({ ...running, images_per_s: null }).speed, "");
});
