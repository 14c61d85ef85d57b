import assert from "node:assert/strict";
import test from "node:test";
import { remembering } from "../../pages/ui/lesson_widgets/memory.mjs";
import { descend, crossEntropySlope, klSlope } from "../../pages/ui/lesson_widgets/descent.mjs";
import { heightOf, sigmaOf, within } from "../../pages/ui/lesson_widgets/bell.mjs";
import { crossEntropy, entropy, klToPrior } from "../../pages/ui/lesson_widgets/normals.mjs";
import { linear, pathOf, spread, ticks } from "../../pages/ui/lesson_widgets/scales.mjs";
import { uniforms } from "./seeded.mjs";

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
  for (const sigma of [0.1, 0.37, 1, 2.99]) assert.equal(sigmaOf(heightOf(sigma)), sigma);
  assert.equal(sigmaOf(-1), 3, "below the axis it is as wide as can be");
  assert.equal(sigmaOf(99), 0.1);
  assert.equal(within(7), 3);
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
