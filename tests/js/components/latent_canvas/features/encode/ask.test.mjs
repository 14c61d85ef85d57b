import assert from "node:assert/strict";
import test from "node:test";
import { heatOf, drawnField, fieldOf } from "../../../../../../pages/ui/browser/map/layers/heat.mjs";
import { priorLogDensity } from "../../../../../../pages/ui/browser/maths/gaussian.mjs";
import { reconstructionNats } from "../../../../../../pages/ui/browser/maths/likelihoods.mjs";
import { latticeOf } from "../../../../../../pages/ui/browser/maths/patches.mjs";
import { linePlane } from "../../../../../../pages/ui/browser/model/heights.mjs";
import { dimensionsPlane } from "../../../../../../pages/ui/browser/model/plane.mjs";
import { completionsOf, drawsAnswer, latticeAnswer } from "../../../../../../pages/ui/components/latent_canvas/features/encode/answers.mjs";
import { AskedClasses } from "../../../../../../pages/ui/components/latent_canvas/features/encode/asked_classes.mjs";
import { askDraws } from "../../../../../../pages/ui/components/latent_canvas/features/encode/asked_draws.mjs";
import { AskedLattice, columnsFor } from "../../../../../../pages/ui/components/latent_canvas/features/encode/asked_lattice.mjs";
import { settled } from "../../../../fakes.mjs";
import { furthestApart, obliquePlane, uniforms } from "../../../../seeded.mjs";

/** @import { Decoder } from "../../../../../../pages/ui/browser/model/decoder.mjs" */
/** @import { Plane } from "../../../../../../pages/ui/browser/model/plane.mjs" */

/** A decoder of three pixels whose logits are 6 · z₀, 6 · z₁ and their sum; of one dimension, z₀ alone. @param {number} latentDim */
function decoderOf(latentDim) {
  /** @param {Float32Array} zs @param {number} count */
  const raws = (zs, count) => {
    const made = new Float32Array(3 * count);
    for (let row = 0; row < count; row++) {
      const [a, b] = [zs[row * latentDim], latentDim > 1 ? zs[row * latentDim + 1] : 0];
      made.set([6 * a, 6 * b, 6 * (a + b)], 3 * row);
    }
    return made;
  };
  const mean = (/** @type {Float32Array} */ raw) => raw.map((logit) => 1 / (1 + Math.exp(-logit)));
  return /** @type {Decoder} */ (/** @type {unknown} */ ({
    decodeBatch: async (/** @type {Float32Array} */ zs, /** @type {number} */ count) => mean(raws(zs, count)),
    reconstructBatch: async (/** @type {Float32Array} */ zs, /** @type {number} */ count) => {
      const raw = raws(zs, count);
      return { raw, image: mean(raw), logScale: 0 };
    },
  }));
}

/** @param {number} latentDim @param {Plane} plane */
async function opened(latentDim, plane) {
  const lattice = new AskedLattice({ decoder: decoderOf(latentDim), likelihood: "bernoulli", latentDim, pixels: 3, plane, reach: 4 });
  assert.ok(await lattice.open({ signal: new AbortController().signal }));
  return lattice;
}

const VISIBLE = { image: Float32Array.of(1, 0, 0.5), isVisible: Uint8Array.of(1, 1, 0) };
/** log p(z) + log p(visible | z) @param {ArrayLike<number>} z */
const joint = (z) =>
  priorLogDensity(z) - reconstructionNats("bernoulli", Float32Array.of(6 * z[0], 6 * z[1]), Float32Array.of(1, 0));

for (const [name, plane] of /** @type {[string, Plane][]} */ ([
  ["two dimensions", dimensionsPlane(2, [0, 1])], ["turned axes", { ...obliquePlane(uniforms(2), 2), origin: new Float64Array([0.3, -0.2]) }],
])) {
  test(`the lattice's answer is Bayes' rule, place by place: ${name}`, async () => {
    const lattice = await opened(2, plane);
    const patches = lattice.see(VISIBLE);
    for (let place = 0; place < lattice.places; place += 97) {
      assert.ok(Math.abs(patches.logDensity[place] - joint(lattice.lift([patches.x[place], patches.y[place]]))) < 1e-5);
    }
    const fine = await lattice.refined(VISIBLE, patches);
    assert.ok(fine && Math.abs(latticeAnswer(lattice, fine).logEvidence - latticeAnswer(lattice, patches).logEvidence) < 0.01);
  });
}

test("completions keep what is visible and make of the rest what likely z make of it", async () => {
  const lattice = await opened(2, dimensionsPlane(2, [0, 1]));
  const answer = latticeAnswer(lattice, lattice.see(VISIBLE));
  const [average, ...draws] = await completionsOf(decoderOf(2), answer, VISIBLE, 4);
  assert.equal(draws.length, 4);
  for (const image of [average, ...draws]) assert.deepEqual([image[0], image[1]], [1, 0]);
  assert.ok(Math.abs(average[2] - 0.5) < 0.1, "white and black pull the third both ways");
  assert.ok(new Set(draws.map((image) => image[2])).size > 1);
});

test("a line is asked as a plane is", async () => {
  const plane = linePlane({ kind: "count", name: "", unit: 1, from: 0, bin: 1, step: 1, classes: [], column: null });
  const lattice = await opened(1, plane);
  const answer = latticeAnswer(lattice, lattice.see({ image: Float32Array.of(1, 0, 0), isVisible: Uint8Array.of(1, 0, 0) }));
  assert.ok(answer.draw(20).every(([z]) => z > -1.5));
  const { values, cells } = /** @type {NonNullable<ReturnType<typeof answer.field>>} */ (answer.field());
  assert.ok(furthestApart(values.subarray(0, cells), values.subarray(cells, 2 * cells)) === 0);
});

test("weighted draws and the lattice say the same", async () => {
  const encoder = { encode: async (/** @type {Float32Array} */ image) => ({ mu: [image[0] - 0.5, image[1] - 0.5], logvar: [-1, -1], factor: null }), release: () => undefined };
  const draws = await askDraws({ decoder: decoderOf(2), encoder, likelihood: "bernoulli", latentDim: 2 }, VISIBLE, { rounds: 6 });
  assert.ok(draws);
  const plane = dimensionsPlane(2, [0, 1]);
  const lattice = await opened(2, plane);
  const [one, other] = [drawsAnswer(draws, plane, 4), latticeAnswer(lattice, lattice.see(VISIBLE))];
  assert.ok(Math.abs(one.logEvidence - other.logEvidence) < 0.15, `${one.logEvidence}, ${other.logEvidence}`);
  assert.ok(one.effective && one.effective > 50);
  assert.equal(drawsAnswer(draws, { ...plane, kind: "layout" }, 4).field(), null);
});

test("classes are told apart by all z together, and those that came are let go at the end", async () => {
  let released = 0;
  const shift = [0, 0.5, 4];
  /** A decoder whose first logit is moved by its class. @param {number} label */
  const open = async (label) => {
    const plain = decoderOf(2);
    const decoder = /** @type {Decoder} */ ({
      ...plain,
      reconstructBatch: async (zs, count) => {
        const { raw, image, logScale } = await plain.reconstructBatch(zs, count);
        return { raw: raw.map((logit, index) => logit + (index % 3 ? 0 : shift[label])), image, logScale };
      },
      release: () => void released++,
    });
    return { decoder, encoder: { encode: async () => ({ mu: [0, 0], logvar: [0, 0], factor: null }), release: () => void released++ } };
  };
  const classes = new AskedClasses({ classes: 3, open, likelihood: "bernoulli", latentDim: 2, plane: dimensionsPlane(2, [0, 1]), reach: 4 });
  const shares = await classes.ask(VISIBLE, new AbortController().signal);
  /** ∫ sigmoid(6z + shift) N(z) dz, by a sum; the second pixel is the same for all. @param {number} by */
  const seen = (by) => Array.from({ length: 1601 }, (_, at) => at / 200 - 4).reduce((sum, z) => sum + Math.exp(-0.5 * z * z) / (1 + Math.exp(-6 * z - by)), 0);
  const all = shift.reduce((sum, by) => sum + seen(by), 0);
  shift.forEach((by, label) => assert.ok(Math.abs((shares?.[label] ?? 0) - seen(by) / all) < 1e-3, `${shares}`));
  const stopped = new AbortController();
  stopped.abort();
  assert.equal(await classes.ask(VISIBLE, stopped.signal), null);
  classes.destroy();
  await settled();
  assert.equal(released, 6);
});

test("large images have a coarser lattice, so that it fits into memory", () => {
  assert.equal(columnsFor(2, 784), 64);
  assert.ok(columnsFor(2, 3 * 64 * 64) ** 2 * 3 * 64 * 64 * 4 <= 32e6);
  assert.ok(columnsFor(1, 784) > 256);
});

test("all of the probability is on the map, whatever its cells are, and light is where it is", () => {
  const lattice = { ...latticeOf(20, 20, [-4, 4], [-4, 4]) };
  const shares = new Float64Array(400);
  shares[210] = 0.75;
  shares[25] = 0.25;
  const field = fieldOf(lattice, shares, 4, 20);
  assert.ok(Math.abs(field.values.reduce((sum, share) => sum + share, 0) - 1) < 1e-12);
  assert.equal(field.values[210], 0.75);
  const { glow, shade, outlines } = heatOf(field, { isDark: false, isLine: false });
  assert.ok(glow[4 * 210 + 3] > glow[4 * 25 + 3] && glow[4 * 25 + 3] > glow[3]);
  assert.deepEqual([shade[4 * 210 + 3], shade[3]], [0, 255]);
  assert.equal(outlines.length, 2);
  const drawn = drawnField([[0, 0], [0.2, 0.1], [0.1, -0.2]], 3, 4);
  assert.ok(Math.abs(drawn.values.reduce((sum, value) => sum + value, 0) * (8 / drawn.cells) ** 2 - 1) < 0.02);
});
