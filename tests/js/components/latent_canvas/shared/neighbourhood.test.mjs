import assert from "node:assert/strict";
import test from "node:test";
import { PlacedPoints, Neighbourhood } from "../../../../../pages/ui/components/latent_canvas/shared/neighbourhood.mjs";
import { safetensors, settled } from "../../../fakes.mjs";

/** @import { CanvasData } from "../../../../../pages/ui/browser/lib/contract.mjs" */

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
  const surroundings = new Neighbourhood(data, { onArrive: () => void arrived++, onError: (error) => failures.push(error) });
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

/** Five images in three dimensions that vary most along the second and least along the third. */
const cloud = {
  count: 5,
  latentDim: 3,
  mu: Float32Array.of(0, 0, 0, 1, 8, 0.1, -1, -8, 0, 1, -4, -0.1, -1, 4, 0),
  logvar: new Float32Array(15),
  labels: Uint8Array.of(0, 1, 2, 3, 4),
  index: Int32Array.of(0, 1, 2, 3, 4),
  split: "held-out",
};

/** @param {"dims" | "pca" | "layout"} plane */
function groundOf(plane) {
  /** @type {unknown[][]} */
  const told = [];
  const tell = (/** @type {string} */ what) => (/** @type {unknown[]} */ ...given) => void told.push([what, ...given]);
  const data = /** @type {any} */ ({ plane, latentDim: 3, dims: [0, 2], run: { base: "/r/" }, imageShape: [1, 1, 1] });
  const events = /** @type {any} */ (Object.fromEntries(
    ["onTurn", "onPicture", "onLayout", "say", "onError"].map((name) => [name, tell(name)]),
  ));
  return { ground: new PlacedPoints(data, events), told };
}

test("the map of two dimensions is there before any point, and no point turns it", () => {
  const { ground, told } = groundOf("dims");
  assert.deepEqual(ground.plane.names, ["z₁", "z₃"]);
  const { x, y } = ground.placeOnPlane(cloud);
  assert.deepEqual([x[1], y[1]], [1, Math.fround(0.1)]);
  assert.deepEqual(told, []);
});

test("principal components turn the map to where the points vary most, and do not mirror it afterwards", () => {
  const { ground, told } = groundOf("pca");
  const before = ground.placeOnPlane(cloud);
  assert.ok(Math.abs(before.x[1]) > 7 && Math.abs(before.y[1]) < 2);
  assert.match(ground.plane.names[0], /^PC 1/);
  const after = ground.placeOnPlane({ ...cloud, mu: cloud.mu.map((value) => 0.98 * value) });
  before.x.forEach((x, row) => assert.ok(Math.abs(after.x[row] - 0.98 * x) < 1e-3));
  assert.deepEqual(told, [["onTurn"], ["onTurn"]]);
});

test("a layout is asked for once, says that it is computed, and then has its points placed", async (context) => {
  const file = safetensors({
    xy: { dtype: "F32", shape: [2, 2], values: Float32Array.of(3, 4, -5, 6) },
    row: { dtype: "I32", shape: [2], values: Int32Array.of(1, 4) },
  });
  const { mock } = context.mock.method(globalThis, "fetch", async () => new Response(file));
  const { ground, told } = groundOf("layout");
  assert.deepEqual([ground.placeOnPlane(cloud).count, ground.placeOnPlane(cloud).count], [0, 0]);
  await settled();
  assert.equal(mock.callCount(), 1);
  const others = told.filter(([what]) => what !== "onTurn");
  assert.deepEqual(others, [["say", "Computing the t-SNE layout…"], ["say", ""], ["onLayout", cloud]]);
  const { count, x, labels } = ground.placeOnPlane(cloud);
  assert.deepEqual([count, [...x], [...labels]], [2, [3, -5], [1, 4]]);
  assert.equal(ground.neighbourhood.posteriors, cloud, "what lies near a handle is found among all");
});

test("why there is no layout is told", async (context) => {
  context.mock.method(globalThis, "fetch", async () => Response.json({ error: "all images lie at one place" }, { status: 404 }));
  const { ground, told } = groundOf("layout");
  ground.placeOnPlane(cloud);
  await settled();
  assert.match(String(told.at(-1)?.[1]), /All images lie at one place\./);
});
