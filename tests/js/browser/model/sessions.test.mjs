import assert from "node:assert/strict";
import test from "node:test";
import { createDecoder } from "../../../../pages/ui/browser/model/decoder.mjs";
import { createEncoder } from "../../../../pages/ui/browser/model/encoder.mjs";
import { deferred, settled } from "../../fakes.mjs";

/**
 * A runtime whose sessions give what `answer` gives, and tell when they are released.
 * @param {string[]} outputNames @param {() => Promise<Record<string, number[]>>} answer
 */
function runtime(outputNames, answer) {
  /** @type {{released: number, asked: {input: string, shape: number[]}[]}} */
  const log = { released: 0, asked: [] };
  class Tensor {
    /** @param {string} _type @param {Float32Array} data @param {number[]} shape */
    constructor(_type, data, shape) {
      Object.assign(this, { data, shape });
    }
  }
  const session = {
    outputNames,
    async run(/** @type {Record<string, {shape: number[]}>} */ feeds) {
      const [[input, { shape }]] = Object.entries(feeds);
      log.asked.push({ input, shape });
      const values = Object.entries(await answer());
      return Object.fromEntries(values.map(([name, data]) => [name, { data: Float32Array.from(data) }]));
    },
    release: async () => void (log.released += 1),
  };
  const module = { Tensor, InferenceSession: { create: async () => session } };
  return { log, module: /** @type {any} */ (module) };
}

const MODEL = { latentDim: 2, imageShape: [1, 1, 3] };
const FILE = new ArrayBuffer(1);

test("an encoder takes one image of the run's shape and gives its posterior", async () => {
  const { log, module } = runtime(["mu", "logvar"], async () => ({ mu: [1, 2], logvar: [-1, -2] }));
  const encoder = await createEncoder(module, FILE, MODEL);
  const { mu, logvar, factor } = await encoder.encode(Float32Array.of(0, 0.5, 1));
  assert.deepEqual([[...Array.from(mu)], [...Array.from(logvar)], factor], [[1, 2], [-1, -2], null]);
  assert.deepEqual(log.asked.at(-1), { input: "image", shape: [1, 1, 1, 3] });
});

test("a full covariance comes with its factor", async () => {
  const answer = async () => ({ mu: [1, 2], logvar: [-1, -2], factor: [1, 0, 3, 4] });
  const encoder = await createEncoder(runtime(["mu", "logvar", "factor"], answer).module, FILE, MODEL);
  assert.deepEqual([...Array.from((await encoder.encode(new Float32Array(3))).factor ?? [])], [1, 0, 3, 4]);
});

test("an encoder of another run is refused in one sentence and let go", async () => {
  const { log, module } = runtime(["mu", "logvar"], async () => ({ mu: [1, 2, 3], logvar: [1, 2, 3] }));
  const sentence = /^The encoder does not fit this run: expected 2 values, got 3; open another run\.$/;
  await assert.rejects(createEncoder(module, FILE, MODEL), { message: sentence });
  assert.equal(log.released, 1);
});

test("a session that is let go while it works is freed when it is done, and once", async () => {
  const waiting = /** @type {ReturnType<typeof deferred<Record<string, number[]>>>[]} */ ([]);
  let isPrompt = true;
  const { log, module } = runtime(["mu", "logvar"], () => {
    if (isPrompt) return Promise.resolve({ mu: [0, 0], logvar: [0, 0] });
    waiting.push(deferred());
    return waiting[waiting.length - 1].promise;
  });
  const encoder = await createEncoder(module, FILE, MODEL);
  isPrompt = false;
  const underWay = encoder.encode(new Float32Array(3));
  encoder.release();
  encoder.release();
  assert.equal(log.released, 0);
  waiting[0].resolve({ mu: [5, 6], logvar: [0, 0] });
  assert.deepEqual([...Array.from((await underWay).mu)], [5, 6]);
  await settled();
  assert.equal(log.released, 1);
});

test("what is asked of a session that has been let go is called off, and frees nothing twice", async () => {
  const { log, module } = runtime(["mu", "logvar"], async () => ({ mu: [0, 0], logvar: [0, 0] }));
  const encoder = await createEncoder(module, FILE, MODEL);
  encoder.release();
  const asked = log.asked.length;
  await assert.rejects(encoder.encode(new Float32Array(3)), { name: "AbortError" });
  await settled();
  assert.deepEqual([log.released, log.asked.length], [1, asked]);
});

test("a reconstruction brings what its likelihood is computed from", async () => {
  const answer = async () => ({ image: [0.5, 0.5, 0.5], raw: [0, 1, 2], log_scale: [-1.5] });
  const decoder = await createDecoder(runtime(["image", "raw", "log_scale"], answer).module, FILE, MODEL);
  const { image, raw, logScale } = await decoder.reconstruct([1, 2]);
  assert.deepEqual([[...image], [...raw], logScale], [[0.5, 0.5, 0.5], [0, 1, 2], Float32Array.of(-1.5)]);
});

test("a likelihood without a width has the logarithm of one", async () => {
  const answer = async () => ({ image: [0.5, 0.5, 0.5], raw: [0, 1, 2] });
  const decoder = await createDecoder(runtime(["image", "raw"], answer).module, FILE, MODEL);
  assert.equal((await decoder.reconstruct([1, 2])).logScale, 0);
});
