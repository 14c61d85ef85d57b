import assert from "node:assert/strict";
import test from "node:test";
import { contourAt } from "../../../../pages/ui/browser/maths/contours.mjs";
import { normalCdf } from "../../../../pages/ui/browser/maths/gaussian.mjs";
import {
  drawnPlaces, latticeOf, levelsHolding, logSumExp, massesOf, refined, systematic,
} from "../../../../pages/ui/browser/maths/patches.mjs";
import { uniforms } from "../../seeded.mjs";

/** @import { Patches } from "../../../../pages/ui/browser/maths/patches.mjs" */
/** @typedef {{x: number, y: number, sigma: number, weight: number}} Blob */

/** @param {Blob[]} blobs @param {number} x @param {number} y */
const logDensity = (blobs, x, y) =>
  logSumExp(blobs.map(({ x: a, y: b, sigma, weight }) =>
    Math.log(weight / (2 * Math.PI * sigma * sigma)) - ((x - a) ** 2 + (y - b) ** 2) / (2 * sigma * sigma)));

/** @param {Blob[]} blobs @param {number} columns */
async function askedOf(blobs, columns) {
  const lattice = latticeOf(columns, columns, [-4, 4], [-4, 4]);
  const score = async (/** @type {Float64Array} */ x, /** @type {Float64Array} */ y) => x.map((_, at) => logDensity(blobs, x[at], y[at]));
  const patches = { ...lattice, logDensity: await score(lattice.x, lattice.y) };
  return refined(patches, score);
}

/** Mass of a Gaussian blob between two places of an axis. @param {number} from @param {number} to @param {number} mean @param {number} sigma */
const between = (from, to, mean, sigma) => normalCdf((to - mean) / sigma) - normalCdf((from - mean) / sigma);

/** Total variation from the truth, over cells of half a unit. @param {Blob[]} blobs @param {Patches} patches */
function apart(blobs, patches) {
  const cells = new Float64Array(256);
  massesOf(patches).shares.forEach((share, patch) => {
    cells[16 * Math.floor(2 * (patches.y[patch] + 4)) + Math.floor(2 * (patches.x[patch] + 4))] += share;
  });
  return 0.5 * cells.reduce((sum, share, cell) => {
    const [x, y] = [(cell % 16) / 2 - 4, Math.floor(cell / 16) / 2 - 4];
    const truth = blobs.reduce((all, blob) =>
      all + blob.weight * between(x, x + 0.5, blob.x, blob.sigma) * between(y, y + 0.5, blob.y, blob.sigma), 0);
    return sum + Math.abs(share - truth);
  }, 0);
}

test("a blob far narrower than the lattice has its mass and its place", async () => {
  const blobs = [{ x: 0.519, y: -1.247, sigma: 0.02, weight: 1 }];
  const patches = await askedOf(blobs, 64);
  assert.ok(patches);
  assert.ok(Math.abs(massesOf(patches).logEvidence) < 0.01);
  assert.ok(apart(blobs, patches) < 0.01);
});

test("narrow blobs and a broad one share the probability as they should", async () => {
  const blobs = [
    { x: 0.5, y: 0.51, sigma: 0.05, weight: 0.2 }, { x: -1.24, y: 1.9, sigma: 0.04, weight: 0.3 },
    { x: 1, y: -1, sigma: 0.6, weight: 0.5 },
  ];
  const patches = await askedOf(blobs, 64);
  assert.ok(patches && apart(blobs, patches) < 0.01);
});

test("a density that is even in every patch is left as it is, and a call that is called off gives nothing", async () => {
  const lattice = latticeOf(64, 64, [-4, 4], [-4, 4]);
  const broad = { ...lattice, logDensity: lattice.x.map((x, at) => -0.5 * (x * x + lattice.y[at] ** 2)) };
  assert.equal(await refined(broad, async () => assert.fail("asked for more")), broad);
  const narrow = { ...lattice, logDensity: lattice.x.map((x, at) => -500 * (x * x + lattice.y[at] ** 2)) };
  assert.equal(await refined(narrow, async () => null), null);
});

test("on a line patches are halved along it alone", async () => {
  const lattice = latticeOf(128, 1, [-4, 4], [-4, 4]);
  const score = async (/** @type {Float64Array} */ x) => x.map((value) => -0.5 * ((value - 1) / 0.01) ** 2 - Math.log(0.01) - 0.5 * Math.log(2 * Math.PI));
  const patches = await refined({ ...lattice, logDensity: await score(lattice.x) }, score);
  assert.ok(patches && patches.height.every((height) => height === 1));
  assert.ok(Math.abs(massesOf(patches).logEvidence) < 1e-3);
});

test("draws fall into patches as often as these are likely", () => {
  const lattice = latticeOf(2, 2, [0, 2], [0, 2]);
  const places = drawnPlaces(lattice, Float64Array.of(0.5, 0.25, 0.25, 0), 400, uniforms(5));
  const counts = [0, 0, 0, 0];
  for (const [x, y] of places) counts[2 * Number(y < 1) + Number(x > 1)]++;
  assert.deepEqual(counts, [200, 100, 100, 0]);
  assert.deepEqual(systematic([0, 1, 0], 3, 0.99), [1, 1, 1]);
});

test("outlines hold what they say, and lie where the level is", () => {
  const side = 101;
  const values = Float64Array.from({ length: side * side }, (_, cell) => {
    const [x, y] = [(cell % side) - 50, Math.floor(cell / side) - 50];
    return Math.exp(-(x * x + y * y) / (2 * 12 * 12));
  });
  const [half, most] = levelsHolding(values, [0.5, 0.95]);
  for (const [level, held] of [[half, 0.5], [most, 0.95]]) {
    const expected = 12 * Math.sqrt(-2 * Math.log(1 - held)); // Rayleigh's quantile
    const pieces = contourAt(values, side, side, level);
    for (let from = 0; from < pieces.length; from += 2) {
      assert.ok(Math.abs(Math.hypot(pieces[from] - 50, pieces[from + 1] - 50) - expected) < 0.6);
    }
    assert.ok(pieces.length > 100);
  }
});
