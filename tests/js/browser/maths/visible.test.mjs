import assert from "node:assert/strict";
import test from "node:test";
import { reconstructionNats } from "../../../../pages/ui/browser/maths/likelihoods.mjs";
import { LatticeNats, nothingVisible, visibleNats } from "../../../../pages/ui/browser/maths/visible.mjs";
import { furthestApart, numbers, uniforms } from "../../seeded.mjs";

/** @import { Likelihood } from "../../../../pages/ui/browser/maths/likelihoods.mjs" */
/** @import { Visible } from "../../../../pages/ui/browser/maths/visible.mjs" */

const [PLACES, PIXELS] = [7, 12];
const LIKELIHOODS = /** @type {Likelihood[]} */ ([
  "bernoulli", "continuous-bernoulli", "gaussian", "gaussian-learned", "discretised-logistic",
]);
/** One log scale for each of three channels. */
const SCALES = Float32Array.of(-1, -1.5, -0.5);

/** @param {() => number} next @returns {Visible} */
const anyVisible = (next) => ({
  image: Float32Array.from({ length: PIXELS }, next),
  isVisible: Uint8Array.from({ length: PIXELS }, () => Number(next() > 0.4)),
});

/** Pixel by pixel, each an image of its own. @param {Likelihood} likelihood @param {Float32Array} raw @param {Visible} visible */
function bruteForce(likelihood, raw, { image, isVisible }) {
  const each = Array.from(isVisible, (is, pixel) =>
    is ? reconstructionNats(likelihood, raw.subarray(pixel, pixel + 1), image.subarray(pixel, pixel + 1), SCALES[Math.floor(pixel / 4)]) : 0,
  );
  return each.reduce((sum, nats) => sum + nats, 0);
}

for (const likelihood of LIKELIHOODS) {
  test(`painting and rubbing out leave what all that is visible says at once: ${likelihood}`, () => {
    const next = uniforms(3);
    const raws = numbers(next, PLACES * PIXELS, 1);
    const lattice = new LatticeNats(likelihood, PLACES, PIXELS);
    lattice.put(0, raws.subarray(0, 4 * PIXELS), 4, SCALES);
    lattice.put(4, raws.subarray(4 * PIXELS), 3, SCALES);
    for (let stroke = 0; stroke < 20; stroke++) {
      const visible = anyVisible(next);
      lattice.see(visible);
      const expected = Array.from({ length: PLACES }, (_, place) =>
        bruteForce(likelihood, raws.subarray(place * PIXELS, (place + 1) * PIXELS), visible),
      );
      assert.ok(furthestApart(lattice.nats, expected) < 1e-9);
      assert.ok(furthestApart(visibleNats({ likelihood, logScale: SCALES }, visible, raws, PLACES), expected) < 1e-9);
    }
  });
}

test("only what a stroke has changed is counted anew, and nothing visible is nothing at all", () => {
  const next = uniforms(4);
  const lattice = new LatticeNats("bernoulli", PLACES, PIXELS);
  lattice.put(0, numbers(next, PLACES * PIXELS), PLACES, 0);
  const visible = anyVisible(next);
  lattice.see(visible);
  assert.equal(lattice.see(visible), 0);
  const hidden = visible.isVisible.indexOf(0);
  const image = visible.image.slice();
  image[hidden] = 0.99;
  assert.equal(lattice.see({ ...visible, image }), 0, "what is hidden may be anything");
  const isVisible = visible.isVisible.slice();
  isVisible[hidden] = 1;
  assert.equal(lattice.see({ image, isVisible }), 1);
  lattice.see(nothingVisible(PIXELS));
  assert.deepEqual([...lattice.nats], new Array(PLACES).fill(0));
});

test("an image of another size is refused in one sentence", () => {
  const lattice = new LatticeNats("bernoulli", PLACES, PIXELS);
  const sentence = { message: `The decoder gave ${PIXELS} values and the image has 3; choose an image of the run's size.` };
  assert.throws(() => lattice.see(nothingVisible(3)), sentence);
  assert.throws(() => visibleNats({ likelihood: "bernoulli", logScale: 0 }, nothingVisible(3), new Float32Array(PIXELS), 1), sentence);
  assert.throws(() => lattice.put(0, new Float32Array(3), 1, 0));
});
