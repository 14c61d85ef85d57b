import assert from "node:assert/strict";
import test from "node:test";
import { pathOf, regionsOf, switched } from "../../pages/ui/latent_canvas/options.mjs";

test("what is switched on is shown beside the rest, and leaves when switched off", () => {
  assert.deepEqual(switched(["pictures"], "lattice", true), ["pictures", "lattice"]);
  assert.deepEqual(switched(["pictures", "lattice"], "pictures", false), ["lattice"]);
});

test("one shade takes the place of the other, and one path of another", () => {
  assert.deepEqual(switched(["holes"], "stretch", true), ["stretch"]);
  assert.deepEqual(switched(["straight", "holes"], "geodesic", true), ["holes", "geodesic"]);
});

test("switching the path off ends whichever kind it was", () => {
  assert.deepEqual(switched(["geodesic"], "straight", false), []);
});

test("what is shown names its path and its shade, if there are any", () => {
  assert.equal(pathOf(["lattice", "spherical"]), "spherical");
  assert.equal(pathOf(["lattice"]), null);
  assert.deepEqual([regionsOf(["stretch"]), regionsOf(["holes"]), regionsOf([])], ["stretch", "holes", "off"]);
});
