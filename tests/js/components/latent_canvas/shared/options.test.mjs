import assert from "node:assert/strict";
import test from "node:test";
import { hiddenOf, shownBut } from "../../../../../pages/ui/browser/legend/legend.mjs";
import { keyText } from "../../../../../pages/ui/components/latent_canvas/features/map_layers/map_layers.mjs";
import { Options, pathOf, regionsOf, switched } from "../../../../../pages/ui/components/latent_canvas/shared/options.mjs";

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

test("a layout shows nothing that needs a plane, but does not forget that it was switched on", () => {
  const box = /** @type {any} */ ({ querySelectorAll: () => [] });
  const options = new Options(box, ["lattice", "pictures", "holes", "straight"], () => undefined, false);
  assert.deepEqual(options.visible, ["pictures", "straight"]);
  assert.deepEqual(options.shown, ["lattice", "pictures", "holes", "straight"]);
});

test("shades are explained while they are on, and a layout always", () => {
  assert.equal(keyText(["pictures", "lattice"], "dims", ""), "");
  assert.match(keyText(["holes"], "dims", ""), /stripes: the prior expects images.*dots: images crowd/);
  assert.match(keyText(["stretch"], "pca", ""), /dots: the image changes faster.*stripes: more slowly/);
  assert.match(keyText(["holes"], "layout", ""), /only its points can be decoded.*need a plane/);
});

test("before all else a map says that nothing is encoded on it", () => {
  assert.equal(keyText([], "dims", "Nothing is encoded."), "Nothing is encoded.");
  assert.match(keyText([], "layout", "Nothing is encoded."), /^Nothing is encoded\. t-SNE: only its points/);
});

test("hidden classes come back from what the address keeps of them, and never are all of them hidden", () => {
  const shown = shownBut("3,5", 7);
  assert.deepEqual(shown, [true, true, true, false, true, false, true]);
  assert.equal(hiddenOf(shown), "3,5");
  assert.equal(hiddenOf(shownBut("", 3)), "");
  assert.equal(hiddenOf(shownBut("0,1,2", 3)), "");
  assert.equal(hiddenOf(shownBut("99", 3)), "");
});
