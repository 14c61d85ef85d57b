import assert from "node:assert/strict";
import test from "node:test";
import { Feed, advanced, goesBack, lines, plotsOf, rangeOf, thinned } from "../../../../pages/ui/components/live_curves/series.mjs";
import { headline, situationOf } from "../../../../pages/ui/components/live_curves/live_curves.mjs";
import { baselines, markLabels, markLines, marksOf } from "../../../../pages/ui/components/live_curves/chart.mjs";

/** @type {import("../../../../pages/ui/browser/lib/contract.mjs").MetricsRow[]} */
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

/** @type {import("../../../../pages/ui/browser/lib/contract.mjs").Status} */
const running = {
  state: "running",
  step: 940,
  total_steps: 2820,
  epoch: 4,
  epochs: 12,
  images_per_s: 12_345.6,
  eta_s: 42.4,
  place: 0,
  live_step: 900,
  error: null,
  created_at: 0,
  updated_at: 0,
  beta: 1,
  learning_rate: 0.001,
  steps_per_s: null,
  diverged_step: null,
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
  assert.equal(headline({ ...running, images_per_s: 0 }).speed, "");
});

test("a paused run says so and tells no time left; slow motion tells its pace", () => {
  const paused = headline({ ...running, state: "paused" });
  assert.deepEqual([paused.state, paused.left, paused.speed], ["Paused", "", ""]);
  assert.equal(headline({ ...running, steps_per_s: 5 }).state, "Slow motion, 5 steps/s");
  assert.equal(headline({ ...running, state: "paused", steps_per_s: 5 }).state, "Paused");
});

/** @type {import("../../../../pages/ui/browser/lib/contract.mjs").MetricsRow[]} */
const edits = [
  { split: "edit", step: 3, beta: 4, learning_rate: 0.004 },
  { split: "train", step: 4, reconstruction_nats: 180, kl_nats: 6 },
  { split: "edit", step: 5, beta: 4, learning_rate: 0.004 },
  { split: "edit", step: 7, beta: 0.30000000000000004, learning_rate: 0.001 },
];

test("an edit is marked with what it changed, one that changed nothing not at all", () => {
  const marks = marksOf(edits, { beta: 1, learning_rate: 0.004 });
  assert.deepEqual(marks, [{ step: 3, text: "β 4" }, { step: 7, text: "β 0.3, rate 0.001" }]);
});

test("without a β only the rate is marked", () => {
  const rows = [{ split: /** @type {const} */ ("edit"), step: 2, beta: 1, learning_rate: 0.002 }]; // the row has one all the same
  const marks = marksOf(rows, { beta: null, learning_rate: 0.004 });
  assert.deepEqual(marks, [{ step: 2, text: "rate 0.002" }]);
});

test("marks that stand close have their words one below the other", () => {
  const theme = /** @type {any} */ ({ ink: "#000000", ground: "#ffffff", font: "x" });
  const marks = marksOf(edits, { beta: 1, learning_rate: 0.004 });
  assert.deepEqual(markLines(marks, theme).map(({ x0, x1 }) => [x0, x1]), [[3, 3], [7, 7]]);
  assert.equal(new Set(markLabels(marks, theme).map(({ yshift }) => yshift)).size, 2);
});

test("what principal components do is a dashed line across each plot, at their figure", () => {
  const theme = /** @type {any} */ ({ muted: "#777777" });
  const known = { split: /** @type {const} */ ("pca"), step: 0, reconstruction_nats: 20, kl_nats: 5 };
  const drawn = baselines([known, ...rows], plotsOf(false), theme);
  assert.deepEqual(drawn.map(({ yref, y0, y1 }) => [yref, y0, y1]), [["y", 20, 20], ["y2", 5, 5], ["y3", 25, 25]]);
  assert.deepEqual(baselines(rows, plotsOf(false), theme), []);
  assert.deepEqual(lines([known, ...rows]), lines(rows), "and no point of any line");
});

test("edits are no points on any line", () => {
  assert.deepEqual(lines(edits).map(({ x }) => x.length), [1, 0, 1, 0, 1, 0]);
});

test("a run without a KL has one plot, and its reconstruction is called the loss", () => {
  const plots = plotsOf(true);
  assert.deepEqual(lines(rows, plots).map(({ y }) => y), [[500, 180], [510]]);
  assert.match(plots[0].title, /^Loss/);
  assert.deepEqual(plotsOf(false).map(({ quantity }) => quantity), ["reconstruction", "kl", "sum"]);
});

test("rows that begin at a step that was there before are of a run that was taken back", () => {
  const progress = advanced(advanced({}, rows), edits);
  assert.deepEqual(progress, { train: 4, "held-out": 1, edit: 7 });
  const row = (/** @type {"train" | "held-out" | "edit"} */ split, /** @type {number} */ step) => [{ split, step }];
  assert.equal(goesBack(progress, row("train", 5)), false);
  assert.equal(goesBack(progress, row("held-out", 2)), false);
  assert.equal(goesBack(progress, row("train", 4)), true);
  assert.equal(goesBack(progress, row("held-out", 0)), true);
  assert.equal(goesBack(progress, row("edit", 7)), false, "two edits may fall into one step");
  assert.equal(goesBack({}, rows), false);
});

test("the page is sent another state or another sentence, not of a start becoming a training", () => {
  const situation = situationOf({ state: "running", error: null });
  assert.equal(situationOf({ state: "starting" }), situation);
  assert.notEqual(situationOf({ state: "paused" }), situation);
  assert.notEqual(situationOf({ state: "queued" }), situation);
  assert.notEqual(situationOf({ state: "paused", error: "the disk is full" }), situationOf({ state: "paused" }));
});

test("rows come from the first, and then more of them from where the last ended", () => {
  const feed = new Feed();
  const first = { rows, offset: 120, status: running };
  assert.equal(feed.judge(first), "first");
  assert.equal(feed.offset, 0, "an answer that was not drawn is asked for again");
  feed.took(first);
  assert.equal(feed.judge({ rows: [], offset: 120, status: running }), "more");
  assert.equal(feed.judge({ rows: edits, offset: 300, status: running }), "again", "step 4 is before step 5");
});

test("a run that was cut back is drawn from its first row again", () => {
  const feed = new Feed();
  const all = { rows, offset: 120, status: running };
  feed.took(all);
  assert.equal(feed.judge({ rows: rows.slice(0, 1), offset: 40, status: running, reset: true }), "first");
  feed.took(all);
  assert.equal(feed.judge({ rows: [], offset: 119, status: running }), "again", "the offset went back");
  assert.equal(feed.offset, 0);
  assert.equal(feed.judge(all), "first");
  feed.took(all);
  assert.equal(feed.judge({ rows: rows.slice(2), offset: 160, status: running }), "again", "step 5 was there before");
  assert.equal(feed.judge(all), "first", "and the same rows are no reason to begin again when all of them come");
});
