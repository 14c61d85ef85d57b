import assert from "node:assert/strict";
import test from "node:test";
import { decimal, duration, grouped, hookText, latentName, percent } from "../../../../pages/ui/browser/lib/format.mjs";
import { densityText, neighboursText, positionText } from "../../../../pages/ui/browser/map/facts.mjs";
import { priorLogDensity } from "../../../../pages/ui/browser/maths/gaussian.mjs";

test("the prior's log-density at the origin is that of a standard normal", () => {
  assert.ok(Math.abs(priorLogDensity([0, 0]) + Math.log(2 * Math.PI)) < 1e-12);
});

test("one unit along each of two axes costs a nat, and every dimension counts", () => {
  assert.ok(Math.abs(priorLogDensity([0, 0]) - priorLogDensity([1, 1]) - 1) < 1e-12);
  assert.ok(Math.abs(priorLogDensity(new Array(20).fill(0)) + 10 * Math.log(2 * Math.PI)) < 1e-12);
});

test("numbers on screen have a true minus, and no minus before zero", () => {
  assert.equal(positionText([-0.518, 1.3]), "\u22120.52, 1.30");
  assert.equal(decimal(-0.001, 2), "0.00");
  assert.equal(densityText(-1.8379), "\u22121.84 nats");
  assert.equal(decimal(Number.NaN, 2), "–");
});

test("as many neighbours are named as were asked", () => {
  assert.deepEqual([15, 5, 1, undefined].map(neighboursText), ["15 neighbours", "5 neighbours", "1 neighbour", "Neighbours"]);
});

test("the hooks' positions are plain numbers of four decimals at most", () => {
  assert.equal(hookText([0.5, -1.25]), "0.5,-1.25");
  assert.equal(hookText([1 / 3, -0.00001]), "0.3333,0");
});

test("dimensions are named from one, with subscripts", () => {
  assert.deepEqual([0, 1, 9, 63].map(latentName), ["z₁", "z₂", "z₁₀", "z₆₄"]);
});

test("durations read as people say them", () => {
  assert.deepEqual([0.4, 42.2, 200, 7500].map(duration), ["0 s", "42 s", "3 min 20 s", "2 h 5 min"]);
});

test("large numbers are grouped and shares are whole percents", () => {
  assert.equal(grouped(1234567.8), "1\u202f234\u202f568");
  assert.equal(grouped(999), "999");
  assert.equal(percent(13 / 15), "87\u202f%");
});
