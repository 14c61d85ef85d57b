import assert from "node:assert/strict";
import test from "node:test";
import { Features } from "../../../../pages/ui/components/latent_canvas/features.mjs";
import { KeptView, withoutPositions } from "../../../../pages/ui/components/latent_canvas/features/kept_view/kept_view.mjs";
import { homeView, rangesFrom, scaledRanges, viewText } from "../../../../pages/ui/browser/maths/coordinates.mjs";
import { tabFor } from "../../../../pages/ui/browser/map/canvas_dom.mjs";

/** @import { CanvasEvents, FeatureKind } from "../../../../pages/ui/components/latent_canvas/features.mjs" */

const stage = /** @type {any} */ ({ root: { querySelectorAll: () => [] }, tabs: { choose: () => {} } });
const data = /** @type {any} */ ({ show: ["lattice"], options: {} });

/** @param {FeatureKind[]} kinds @param {Partial<CanvasEvents>} [events] */
function featuresOf(kinds, events = {}) {
  return new Features(stage, data, /** @type {any} */ ({}), /** @type {any} */ (events), kinds);
}

/** A kind of feature that writes down what it is told. @param {unknown[][]} heard @param {Record<string, string>} options */
function listener(heard, options) {
  return /** @type {FeatureKind} */ (
    class {
      /** @param {...unknown} what */
      useDecoder(...what) {
        heard.push(["decoder", ...what]);
      }

      /** @param {unknown} shown */
      show(shown) {
        heard.push(["show", shown]);
      }

      clear() {
        heard.push(["clear"]);
      }

      options() {
        return options;
      }

      destroy() {
        heard.push(["destroy"]);
      }
    }
  );
}

test("every feature hears what it asks for, and is spared the rest", () => {
  /** @type {unknown[][]} */
  const heard = [];
  class Silent {
    destroy() {}
  }
  const features = featuresOf([listener(heard, {}), Silent, listener(heard, {})]);
  const decoder = /** @type {any} */ ("decoder");
  features.useDecoder(decoder, 7);
  features.onMove();
  features.destroy();
  const each = [["show", ["lattice"]], ["decoder", "decoder", 7], ["destroy"]];
  assert.deepEqual(heard, each.flatMap((one) => [one, one]));
});

test("a tap is the first feature's that wants it, and where none does, nobody's", () => {
  /** @type {string[]} */
  const asked = [];
  const taker = (/** @type {string} */ name, /** @type {number} */ from) =>
    /** @type {FeatureKind} */ (
      class {
        /** @param {[number, number]} place */
        onTap([x]) {
          asked.push(name);
          return x > from;
        }

        destroy() {}
      }
    );
  const features = featuresOf([taker("one", 2), taker("other", 0)]);
  assert.deepEqual([[3, 0], [1, 0], [-1, 0]].map(([x, y]) => features.onTap([x, y], "mouse")), [true, true, false]);
  assert.deepEqual(asked, ["one", "one", "other", "one", "other"]);
});

test("what the features keep in the address is told together", () => {
  const kinds = [listener([], { a: "1" }), listener([], { b: "" })];
  assert.deepEqual(featuresOf(kinds).options(), { a: "1", b: "" });
});

test("a feature that turns a switch on is heard by all, and Python is told", () => {
  /** @type {unknown[][]} */
  const heard = [];
  let told = 0;
  class Chooser {
    /** @param {...any} given */
    constructor(...given) {
      this.choose = given[3].choose;
    }

    destroy() {}
  }
  const features = featuresOf([Chooser, listener(heard, {})], { onChoose: () => told++ });
  /** @type {any} */ (features.all[0]).choose("spherical", true);
  assert.deepEqual(heard.at(-1), ["show", ["lattice", "spherical"]]);
  assert.deepEqual([features.shown, told], [["lattice", "spherical"], 1]);
});

test("what a tour shows takes the place of what a person has put on the map", () => {
  /** @type {unknown[][]} */
  const heard = [];
  class Guiding {
    /** @param {...any} given */
    constructor(...given) {
      this.guide = given[3].show;
    }

    destroy() {}
  }
  const features = featuresOf([Guiding, listener(heard, {})], { onChoose: () => {} });
  /** @type {any} */ (features.all[0]).guide(["holes"]);
  assert.deepEqual(heard.slice(-2), [["clear"], ["show", ["holes"]]]);
});

test("a view comes back from what the address keeps of it", () => {
  const view = { ...homeView(652, 652, 4), ...scaledRanges(homeView(652, 652, 4), 0.3) };
  const moved = { x: [view.x[0] + 1, view.x[1] + 1], y: [view.y[0] - 0.5, view.y[1] - 0.5] };
  assert.equal(viewText(/** @type {any} */ (moved)), "1,-0.5,1.2");
  const back = rangesFrom("1,-0.5,1.2");
  [...(back?.x ?? []), ...(back?.y ?? [])].forEach((edge, at) => {
    assert.ok(Math.abs(edge - [...moved.x, ...moved.y][at]) < 1e-9);
  });
  assert.deepEqual([rangesFrom(""), rangesFrom("0,0,0")], [null, null]);
});

test("only a view that somebody has chosen is kept, and told once it has come to rest", (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  Object.assign(globalThis, { window: globalThis });
  const home = homeView(652, 652, 4);
  let told = 0;
  const map = { wasZoomed: false };
  const events = { map, onChoose: () => void told++ };
  const kept = new KeptView(stage, data, /** @type {any} */ ({}), events);
  kept.onView(home);
  assert.deepEqual(kept.options(), { view: "" });
  map.wasZoomed = true;
  for (const factor of [0.9, 0.7, 0.5]) kept.onView({ ...home, ...scaledRanges(home, factor) });
  assert.equal(told, 0);
  context.mock.timers.tick(1000);
  assert.deepEqual([told, kept.options()], [1, { view: "0,0,2" }]);
});

test("arrows go round the tabs, Home and End to their ends, and other keys nowhere", () => {
  assert.deepEqual(["ArrowRight", "ArrowLeft", "Home", "End", "a"].map((key) => tabFor(key, 2, 3)), [0, 1, 0, 2, null]);
  assert.equal(tabFor("ArrowLeft", 0, 3), 2);
});

test("another map keeps the classes that were chosen on the last one, but no place", () => {
  const kept = { view: "0,0,2", arrow: "c3~c8~0", hidden: "1,2" };
  assert.deepEqual(withoutPositions(kept), { ...kept, view: "" });
  assert.deepEqual(withoutPositions({ ...kept, arrow: "c3~0,0,1,1,0,1~0" }), { ...kept, view: "", arrow: "" });
});
