import assert from "node:assert/strict";
import test from "node:test";
import { Surroundings } from "../../../../../pages/ui/components/latent_canvas/shared/neighbourhood.mjs";
import { settled } from "../../../fakes.mjs";

/** @import { CanvasData } from "../../../../../pages/ui/browser/lib/types.mjs" */

const posteriors = /** @type {any} */ ({
  count: 3,
  latentDim: 3,
  mu: Float32Array.of(0, 0, 0, 1, 1, 1, 5, 5, 5),
  labels: Uint8Array.of(7, 7, 2),
  index: Int32Array.of(40, 30, 20),
});

/** What is asked for on a map of two-pixel images. @param {Partial<CanvasData>} parts */
function surroundingsOf(parts) {
  const data = /** @type {any} */ ({ run: { base: "/r/", state: "finished" }, imageShape: [1, 1, 2], images: true, compact: false, ...parts });
  /** @type {unknown[]} */
  const failures = [];
  let arrived = 0;
  const surroundings = new Surroundings(data, { arrived: () => void arrived++, failed: (error) => failures.push(error) });
  const shown = { ...posteriors, split: parts.points };
  surroundings.use(shown, shown);
  return { surroundings, data, failures, arrived: () => arrived };
}

/** @param {import("node:test").TestContext} context @returns {string[]} the addresses that are asked for */
function serving(context) {
  /** @type {string[]} */
  const asked = [];
  context.mock.method(globalThis, "fetch", async (/** @type {string} */ url) => {
    asked.push(url);
    const images = url.endsWith("images") ? [40, 30, 20] : (/numbers=([\d,]+)/.exec(url)?.[1] ?? "").split(",").map(Number);
    return new Response(Uint8Array.from(images.flatMap((image) => [image, image + 1])));
  });
  return asked;
}

test("held-out images are fetched in one piece, so that no drag asks for one", async (context) => {
  const asked = serving(context);
  const { surroundings, data } = surroundingsOf({ points: "held-out" });
  assert.equal(await surroundings.fetchImages(data, posteriors.index), true);
  surroundings.want([2], data);
  assert.deepEqual([...(surroundings.around([4, 4, 4], [0, 0]).nearest?.image ?? [])], [20, 21]);
  assert.deepEqual(asked, ["/r/images"]);
});

test("on an earlier map of fewer images, each is found by its number", async (context) => {
  serving(context);
  const { surroundings, data } = surroundingsOf({ points: "held-out" });
  await surroundings.fetchImages(data, posteriors.index);
  const earlier = { ...posteriors, count: 1, mu: Float32Array.of(5, 5, 5), index: Int32Array.of(30), split: "held-out" };
  surroundings.use(earlier, earlier);
  assert.deepEqual([...(surroundings.around([4, 4, 4], [0, 0]).nearest?.image ?? [])], [30, 31]);
});

test("of a whole data set only what lies next to resting handles is fetched", async (context) => {
  const asked = serving(context);
  const { surroundings, data, arrived, failures } = surroundingsOf({ points: "all" });
  assert.equal(await surroundings.fetchImages(data, posteriors.index), false);
  const { nearest, vote } = surroundings.around([4, 4, 4], [0, 0]);
  assert.deepEqual([nearest?.row, nearest?.image, nearest?.label], [2, null, 2]);
  assert.equal(vote?.label, 7);
  surroundings.want([2], data);
  await settled();
  assert.deepEqual([asked, arrived(), failures], [["/r/thumbnails?numbers=20&split=all"], 1, []]);
  assert.deepEqual([...(surroundings.around([4, 4, 4], [0, 0]).nearest?.image ?? [])], [20, 21]);
});

test("where the data set is not on the machine, nothing is asked for", async (context) => {
  const asked = serving(context);
  const { surroundings, data } = surroundingsOf({ points: "all", images: false });
  surroundings.want([1], data);
  await settled();
  assert.deepEqual(asked, []);
});
