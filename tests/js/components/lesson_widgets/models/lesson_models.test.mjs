import assert from "node:assert/strict";
import test from "node:test";
import { Panel } from "../../../../../pages/ui/components/lesson_widgets/panel.mjs";
import twoHeads from "../../../../../pages/ui/components/lesson_widgets/widgets/two_heads.mjs";
import { install } from "../../../fake_document.mjs";
import { line, spreadOf } from "../../../../../pages/ui/components/lesson_widgets/widgets/twelve_differences.mjs";
import { filled, shrinkingPoints } from "../../../../../pages/ui/components/lesson_widgets/widgets/twelve_differences.mjs";
import {
  fromMixture, fromPosteriors, fromPrior, thinned, undecidedNats,
} from "../../../../../pages/ui/components/lesson_widgets/maths/draws.mjs";
import { LessonModels } from "../../../../../pages/ui/components/lesson_widgets/models/lesson_models.mjs";
import { uniformFrom } from "../../../../../pages/ui/browser/maths/noise.mjs";
import { extremes, firstOfEach, nearestTo, positionOf, tangent } from "../../../../../pages/ui/components/lesson_widgets/maths/tradeoff.mjs";

const MANY = 40_000;

/** @param {Float32Array} z (n, 2) */
function moments(z) {
  const count = z.length / 2;
  const mean = [0, 1].map((dim) => z.reduce((sum, value, at) => (at % 2 === dim ? sum + value : sum), 0) / count);
  /** @param {number} i @param {number} j */
  const covariance = (i, j) => {
    let sum = 0;
    for (let row = 0; row < count; row++) sum += (z[2 * row + i] - mean[i]) * (z[2 * row + j] - mean[j]);
    return sum / count;
  };
  return { mean, covariance: [covariance(0, 0), covariance(0, 1), covariance(1, 1)] };
}

/** @param {number[]} got @param {number[]} expected @param {number} within */
const near = (got, expected, within) =>
  got.forEach((value, at) => assert.ok(Math.abs(value - expected[at]) <= within, `${got} is not ${expected} within ${within}`));

test("draws from the prior have mean 0 and the identity as covariance", () => {
  const { mean, covariance } = moments(fromPrior(uniformFrom(1), MANY));
  near(mean, [0, 0], 0.02);
  near(covariance, [1, 0, 1], 0.04);
});

test("draws from all posteriors have their means' mean, and the variance of the means and of the noise", () => {
  const posteriors = {
    count: 2, latentDim: 2, labels: new Uint8Array(2), index: new Int32Array(2), split: "held-out",
    mu: Float32Array.of(-2, 1, 4, 1),
    logvar: Float32Array.of(Math.log(0.25), Math.log(4), Math.log(0.25), Math.log(4)),
  };
  const { mean, covariance } = moments(fromPosteriors(uniformFrom(2), MANY, posteriors));
  near(mean, [1, 1], 0.08);
  near(covariance, [9 + 0.25, 0, 4], 0.15);
});

test("draws from a mixture have its mean and covariance", () => {
  const mixture = {
    weights: [0.25, 0.75],
    means: /** @type {[number, number][]} */ ([[-3, 0], [2, 1]]),
    covariances: /** @type {[[number, number], [number, number]][]} */ ([[[1, 0.6], [0.6, 0.5]], [[0.2, -0.1], [-0.1, 0.3]]]),
    held_out_nats: 0,
    in_smoothed_holes: { prior: 0, mixture: 0 },
  };
  const { mean, covariance } = moments(fromMixture(uniformFrom(5), MANY, mixture));
  near(mean, [0.75, 0.75], 0.05);
  const between = 0.25 * 0.75; // of two means: w (1 - w) times the square of their distance
  near(covariance, [0.4 + between * 25, 0.075 + between * 5, 0.35 + between], 0.1);
});

test("a grey pixel is undecided by log 2, a black or white one by nothing", () => {
  assert.equal(undecidedNats([0, 1]), 0);
  assert.ok(Math.abs(undecidedNats([0.5, 0.5]) - Math.log(2)) < 1e-12);
  assert.ok(Math.abs(undecidedNats([0.2, 1]) + (0.2 * Math.log(0.2) + 0.8 * Math.log(0.8)) / 2) < 1e-12);
});

test("a thinned map keeps every so many rows whole", () => {
  const rows = Array.from({ length: 10 }, (_, at) => at);
  const few = thinned({
    count: 10, latentDim: 2, index: Int32Array.from(rows, (at) => 100 + at), labels: Uint8Array.from(rows), split: "held-out",
    mu: Float32Array.from(rows.flatMap((at) => [at, -at])), logvar: Float32Array.from(rows.flatMap((at) => [0, at])),
  }, 4);
  assert.deepEqual([few.count, [...few.labels], [...few.index]], [3, [0, 4, 8], [100, 104, 108]]);
  assert.deepEqual([[...few.mu], [...few.logvar]], [[0, -0, 4, -4, 8, -8], [0, 0, 0, 4, 0, 8]]);
});

const MODELS = [
  { beta: 10, rate: 2, distortion: 180 },
  { beta: 1, rate: 6, distortion: 140 },
  { beta: 0, rate: 58, distortion: 138 },
];

test("the plot holds every distortion, and a rate beyond it stands at its edge", () => {
  const frame = extremes(MODELS);
  for (const model of MODELS) {
    const [x, y] = positionOf(model);
    assert.ok(x >= frame.x[0] && x <= frame.x[1] && y > frame.y[0] && y < frame.y[1]);
  }
  assert.ok(frame.x[1] - positionOf(MODELS[2])[0] < 0.5);
});

test("a hand on the curve takes the nearest model", () => {
  const frame = extremes(MODELS);
  assert.equal(nearestTo(MODELS, frame, [2.4, 176]), 0);
  assert.equal(nearestTo(MODELS, frame, [5, 150]), 1);
  assert.equal(nearestTo(MODELS, frame, [40, 120]), 2);
});

test("along a model's line distortion + β · rate stays the same, and it passes through the model", () => {
  const [[x0, y0], [x1, y1]] = tangent(MODELS[0], [0, 10]);
  assert.equal(y0 + 10 * x0, y1 + 10 * x1);
  assert.equal(y0 + 10 * x0, 180 + 10 * 2);
});

test("of each class the first image is taken, and a class without one is left out", () => {
  assert.deepEqual(firstOfEach(Uint8Array.of(2, 0, 2, 0), 4), [1, 0]);
});

test("codes reach as far as 99 % of them lie, and are as wide as the middle one", () => {
  const count = 200;
  const mu = Float32Array.from({ length: 2 * count }, (_, at) => (at % 2 ? 0 : at === 0 ? 50 : 3));
  const { reach, farthest, sigma } = spreadOf({ count, mu, logvar: new Float32Array(2 * count).fill(Math.log(0.09)) });
  assert.equal(reach, 3);
  assert.equal(farthest, 50);
  assert.ok(Math.abs(sigma - 0.3) < 1e-6);
});

test("between two codes the places are evenly spread, both ends included", () => {
  assert.deepEqual([...line([0, 4], [2, 0], 3)], [0, 4, 1, 2, 2, 0]);
});

test("the curve of a shrinking training set runs from few images at the left to all at the right, wider gaps higher", () => {
  const points = shrinkingPoints([
    { images: 100, train: 100, heldOut: 150 }, { images: 1000, train: 120, heldOut: 135 },
    { images: 10_000, train: 130, heldOut: 130 },
  ]);
  const [[x0, y0], [x1, y1], [x2, y2]] = points;
  assert.ok(y0 < y1 && y1 < y2);
  assert.ok(Math.abs(x1 - (x0 + x2) / 2) < 1e-9); // equal ratios are equal steps
});

test("numbers are put where their names stand, and what has none is left as it is", () => {
  assert.equal(filled("KL {rate} nats, {other}", { rate: "5.9" }), "KL 5.9 nats, {other}");
});

test("the originals of a lesson are asked for by their numbers, and not at all where they are not at hand", async (t) => {
  /** @type {string[]} */
  const asked = [];
  t.mock.method(globalThis, "fetch", async (/** @type {string} */ url) => {
    asked.push(url);
    return new Response(Uint8Array.of(0, 51, 255));
  });
  const record = /** @type {any} */ ({ base: "/r/", hasImages: true });
  assert.deepEqual([...(await new LessonModels([record], "").real([3, 12]) ?? [])], [0, 51, 255]);
  assert.equal(await new LessonModels([{ ...record, hasImages: false }], "").real([3, 12]), null);
  assert.deepEqual(asked, ["/r/thumbnails?numbers=3,12"]);
});

/** All elements of that test id's beginning. @param {any} element @param {string} hook @returns {any[]} */
const found = (element, hook) => [
  ...(element.attributes?.["data-testid"]?.startsWith(hook) ? [element] : []),
  ...(element.children ?? []).flatMap((/** @type {any} */ child) => found(child, hook)),
];

test("one chooses among the classes that a model's images have, by their names", () => {
  const root = install();
  const model = { base: "/r/", step: 1, latentDim: 2, imageShape: [3, 4, 5], classes: ["cat", "dog", "owl"] };
  const strings = new Proxy({}, { get: (_, key) => String(key) });
  const data = /** @type {any} */ ({ widget: "two-heads", strings, model });
  twoHeads.build(new Panel(root, data, { ...twoHeads.start }, () => {}));
  assert.deepEqual(found(root, "two-heads-class-").map(({ children }) => children[0]), model.classes);
  const [canvas] = found(root, "two-heads-decoded");
  assert.deepEqual([canvas.width, canvas.height], [5, 4]);
});
