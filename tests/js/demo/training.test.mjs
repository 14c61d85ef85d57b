import assert from "node:assert/strict";
import { test } from "node:test";
import { compute } from "../../../pages/ui/browser/graph/graph.mjs";
import { OwnRuntime } from "../../../pages/ui/demo/inside/own_runtime.mjs";
import { graphsOf } from "../../../pages/ui/demo/training/graphs.mjs";
import { LiveRun } from "../../../pages/ui/demo/training/live_run.mjs";
import { Trainer } from "../../../pages/ui/demo/training/trainer.mjs";

/** Images of two kinds, of four pixels. */
const IMAGES = Uint8Array.from({ length: 40 * 4 }, (_, at) => ((at >> 2) % 2 === (at & 1) ? 230 : 20));

/** @param {Partial<import("../../../pages/ui/demo/training/trainer.mjs").Plan>} [settings] */
const plan = (settings = {}) => ({
  pixels: 4, latentDim: 2, hidden: [8, 6], epochs: 30, batch: 16, learningRate: 0.02, beta: 1, seed: 3, train: IMAGES, heldOut: IMAGES.subarray(0, 32), ...settings,
});

/** @param {ArrayLike<number>} got @param {ArrayLike<number>} expected */
const near = (got, expected) => assert.ok(Array.from(expected).every((value, at) => Math.abs(got[at] - value) < 1e-5));

/** @param {Trainer} trainer */
function finished(trainer) {
  while (!trainer.isOver) trainer.advance();
  return trainer.evaluate();
}

test("a training makes the negative ELBO of images that it has not seen small", () => {
  const trainer = new Trainer(plan({ epochs: 100 }));
  const before = trainer.evaluate();
  const after = finished(trainer);
  assert.equal(trainer.step, 300);
  assert.ok(after.reconstruction + after.kl < before.reconstruction + before.kl - 0.2);
});

test("the same seed learns the same numbers, another seed others", () => {
  const [one, same, other] = [3, 3, 4].map((seed) => new Trainer(plan({ seed, epochs: 2 })));
  for (const each of [one, same, other]) finished(each);
  assert.deepEqual(one.numbers, same.numbers);
  assert.notDeepEqual(one.numbers, other.numbers);
});

test("a larger weight of the KL leaves less of it", () => {
  const [free, held] = [0.1, 20].map((beta) => finished(new Trainer(plan({ beta }))).kl);
  assert.ok(held < 0.1 * free);
});

test("what the canvas decodes and encodes with are the trainer's own numbers", () => {
  const trainer = new Trainer(plan({ epochs: 2 }));
  finished(trainer);
  const { encoder, decoder } = graphsOf(trainer.numbers, trainer.widths, [1, 2, 2]);
  const { mu, logvar } = compute(encoder, { image: { dims: [8, 1, 2, 2], data: trainer.heldOut } }, ["mu", "logvar"]);
  const own = trainer.posteriors();
  near(mu.data, own.mu);
  near(logvar.data, own.logvar);
  const { image } = compute(decoder, { z: { dims: [8, 2], data: /** @type {Float32Array} */ (mu.data) } }, ["image"]);
  assert.deepEqual(image.dims, [8, 1, 2, 2]);
  assert.ok(image.data.every((value) => value > 0 && value < 1));
});

test("a run that trains here answers as a server does", async () => {
  const trainer = new Trainer(plan({ epochs: 2 }));
  const run = new LiveRun(trainer.plan, trainer.widths, [1, 2, 2], { labels: null, index: Int32Array.from({ length: 8 }, (_, at) => at) }, new OwnRuntime());
  const ask = async (/** @type {string} */ path, query = "") => JSON.parse(String(await run.answer(path, new URLSearchParams(query))));
  assert.equal((await ask("status")).state, "starting");
  await assert.rejects(run.answer("points/0", new URLSearchParams()), /no longer kept/);
  for (const isOver of [false, true]) {
    const { step, epoch, totalSteps, beta } = trainer;
    const rows = [{ split: /** @type {const} */ ("train"), step, reconstruction_nats: 1, kl_nats: 1 }];
    run.take({ step, epoch, totalSteps, beta, seconds: 1, isOver, images: 16 * step, rows, figures: trainer.evaluate(), numbers: trainer.numbers.slice(), posteriors: trainer.posteriors() });
    if (!isOver) finished(trainer);
  }
  const { state, step, live_step: live } = await ask("status");
  assert.deepEqual([state, step, live], ["finished", 6, 6]);
  assert.deepEqual((await ask("rows", "offset=1")).rows.map((/** @type {any} */ row) => row.step), [6]);
  assert.deepEqual((await ask("snapshots")).snapshots.map((/** @type {any} */ moment) => moment.epoch), [0, 2]);
  assert.equal(/** @type {ArrayBuffer} */ (await run.answer("snapshots/0/decoder", new URLSearchParams())).byteLength, 4);
});
