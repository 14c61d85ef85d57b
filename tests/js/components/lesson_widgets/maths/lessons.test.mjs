import assert from "node:assert/strict";
import test from "node:test";
import { remembering, WIDGETS } from "../../../../../pages/ui/components/lesson_widgets/lesson_widgets.mjs";
import { descend, crossEntropySlope, klSlope } from "../../../../../pages/ui/components/lesson_widgets/widgets/two_descents.mjs";
import { heightOf, sigmaOf, within } from "../../../../../pages/ui/components/lesson_widgets/plots/bell.mjs";
import {
  crossEntropy, entropy, klToPrior, integral, klBetween, klIntegrand,
} from "../../../../../pages/ui/components/lesson_widgets/maths/normals.mjs";
import { normalsFrom, uniformFrom } from "../../../../../pages/ui/browser/maths/noise.mjs";
import { meanAndVariance } from "../../../../../pages/ui/components/lesson_widgets/maths/estimates.mjs";
import { pulled } from "../../../../../pages/ui/components/lesson_widgets/widgets/kl_plane.mjs";
import { oneOfEach } from "../../../../../pages/ui/components/lesson_widgets/models/lesson_models.mjs";
import { linear, pathOf, spread, ticks } from "../../../../../pages/ui/components/lesson_widgets/plots/scales.mjs";
import { uniforms } from "../../../seeded.mjs";

/** @returns {Storage} as far as we use it */
function storage() {
  /** @type {Map<string, string>} */
  const kept = new Map();
  return /** @type {any} */ ({
    getItem: (/** @type {string} */ key) => kept.get(key) ?? null,
    setItem: (/** @type {string} */ key, /** @type {string} */ value) => kept.set(key, value),
  });
}

test("an axis has round numbers inside of its range, at most about as many as asked for", () => {
  assert.deepEqual(ticks([0, 1], 5), [0, 0.2, 0.4, 0.6, 0.8, 1]);
  assert.deepEqual(ticks([-4.5, 4.5], 5), [-4, -2, 0, 2, 4]);
  assert.deepEqual(ticks([0, 0.003], 3), [0, 0.001, 0.002, 0.003]);
});

test("a scale may run backwards, as heights on a screen do", () => {
  const up = linear([0, 2], [100, 0]);
  assert.deepEqual([up(0), up(1), up(2)], [100, 50, 0]);
});

test("a path leaves a gap where there is no number", () => {
  assert.equal(pathOf([[0, 1], [1, NaN], [2, 3], [4, 5]]), "M0.0 1.0M2.0 3.0L4.0 5.0");
  assert.equal(spread([0, 1], 3).join(), "0,0.5,1");
});

test("what was set on a widget comes back as far as it still fits", () => {
  const kept = storage();
  remembering("kl-bell", kept).keep({ mu: 2, sigma: "wide", gone: 1, z: [1, 2] });
  const memory = remembering("kl-bell", kept);
  assert.deepEqual(memory.state({ mu: 0, sigma: 1, z: [0, 0] }), { mu: 2, z: [1, 2] });
  assert.deepEqual(memory.state({ mu: 0, z: [0, 0, 0] }), { mu: 2 });
  assert.deepEqual(remembering("other", kept).state({ mu: 0 }), {});
  assert.equal(memory.isDone(), false);
  memory.finish();
  assert.equal(remembering("kl-bell", kept).isDone(), true);
});

test("a storage that is full, forbidden or holds something else only means to begin afresh", () => {
  const refusing = /** @type {any} */ ({
    getItem: () => "{",
    setItem() {
      throw new DOMException("full", "QuotaExceededError");
    },
  });
  const memory = remembering("kl-bell", refusing);
  memory.keep({ mu: 1 });
  assert.deepEqual(memory.state({ mu: 0 }), {});
});

test("dragging a bell's top by its own height gives back its width", () => {
  for (const sigma of [0.1, 0.37, 1, 2.49]) assert.equal(sigmaOf(heightOf(sigma)), sigma);
  assert.equal(sigmaOf(-1), 2.5, "below the axis it is as wide as can be");
  assert.equal(sigmaOf(99), 0.1);
  assert.equal(within(7), 2.5);
});

test("entropy and KL add up to cross-entropy wherever the bell is", () => {
  const next = uniforms(4);
  for (let trial = 0; trial < 200; trial++) {
    const [mu, sigma] = [6 * next() - 3, 0.1 + 2.9 * next()];
    assert.ok(Math.abs(entropy(sigma) + klToPrior(mu, sigma) - crossEntropy(mu, sigma)) < 1e-12);
  }
});

test("descent on cross-entropy collapses the bell, and on KL it comes to the prior", () => {
  const [collapsed, held] = [crossEntropySlope, klSlope].map((slope) => descend({ mu: 2, sigma: 1.5 }, slope, 0.1, 100)[100]);
  assert.ok(collapsed.sigma < 1e-3 && Math.abs(collapsed.mu) < 1e-3);
  assert.ok(Math.abs(held.sigma - 1) < 1e-6 && Math.abs(held.mu) < 1e-3);
});

test("no step carries a width to zero or below", () => {
  const bells = descend({ mu: 0, sigma: 0.2 }, () => ({ mu: 0, sigma: 10 }), 0.1, 3);
  assert.ok(bells.every(({ sigma }) => sigma > 0));
});

test("the area under the integrand is the KL divergence between the two Gaussians", () => {
  for (const [mu, sigma, otherMu, otherSigma] of [[-1, 0.6, 1, 1.4], [3, 0.4, -3, 3], [0.5, 3, 0.5, 0.4]]) {
    const area = integral((x) => klIntegrand(x, mu, sigma, otherMu, otherSigma), mu - 12 * sigma, mu + 12 * sigma);
    const kl = klBetween(mu, sigma, otherMu, otherSigma);
    assert.ok(Math.abs(area - kl) < 1e-7 * Math.max(1, kl), `${area} is not ${kl}`);
  }
});

test("the same seed gives the same draws, and they are standard normal", () => {
  const drawn = normalsFrom(5, 40_000);
  assert.deepEqual(drawn, normalsFrom(5, 40_000));
  assert.notDeepEqual(normalsFrom(5, 3), normalsFrom(6, 3));
  const { mean, variance } = meanAndVariance(drawn);
  assert.ok(Math.abs(mean) < 5 / Math.sqrt(40_000) && Math.abs(variance - 1) < 5 * Math.sqrt(2 / 40_000));
  const random = uniformFrom(0);
  assert.ok(Array.from({ length: 1000 }, random).every((value) => value >= 0 && value < 1));
});

test("an axis that is pulled has the length and the turn of where its end is dropped", () => {
  const oval = { mu1: 1, mu2: -1, first: 1, second: 1, turn: 0 };
  assert.deepEqual(pulled(oval, true, 1, 0.5), { first: 1.5, turn: -90 });
  assert.deepEqual(pulled(oval, false, 1, 0.5), { second: 1.5, turn: 0 });
  assert.deepEqual(pulled(oval, true, 2, 0), { first: 1.41, turn: 45 });
  assert.equal(pulled(oval, true, 99, -1).first, 2, "no longer than the slider goes");
});

test("of each class the first image is taken, in order of class", () => {
  const images = Uint8Array.from([0, 0, 51, 51, 255, 255, 102, 102]);
  const chosen = oneOfEach(Uint8Array.from([2, 0, 2, 1]), images).map((image) => [...image]);
  assert.deepEqual(chosen, [51, 102, 0].map((grey, at) => (at === 1 ? [102, 102] : [grey, grey])).map((image) =>
    image.map((grey) => Math.fround(grey / 255))));
});

for (const [name, load] of Object.entries(WIDGETS)) {
  test(`what there is to try on ${name} is not done before anything was tried`, async () => {
    const { start, goal } = (await load()).default;
    assert.equal(goal(start), false);
  });
}

/** States that fulfil what the lessons ask for. @type {Record<string, object>} */
const DONE = {
  "two-heads": { draws: 10 },
  "gradient-routes": { mu: 2, sigma: 0.5, target: 0, draws: 10_000 },
  "two-gaussians": { sigma1: 1.2, sigma2: 1.2 },
  "kl-bell": { mu: -1, sigma: 1 },
  "kl-plane": { first: 2, second: 0.5, turn: 45 },
  "three-ways": { sigma: 0.05 },
  "web-formulas": { mu: 0, sigma: 1 },
  "squared-error": { reduction: "mean" },
  "three-bars": { mu: 0, sigma: 0.1 },
  "two-descents": { steps: 40 },
  "pixel-entropy": { x: 0.8, p: 0.8 },
};

for (const [name, state] of Object.entries(DONE)) {
  test(`what there is to try on ${name} can be done`, async () => {
    const { start, goal } = (await WIDGETS[name]()).default;
    assert.equal(goal({ ...start, ...state }), true);
  });
}
