import assert from "node:assert/strict";
import test from "node:test";
import { PlacedPoints, Neighbourhood } from "../../../../../pages/ui/components/latent_canvas/shared/neighbourhood.mjs";
import { Exact, placedOn } from "../../../../../pages/ui/browser/model/embedding.mjs";
import { dimensionsPlane } from "../../../../../pages/ui/browser/model/plane.mjs";
import { deferred, safetensors, settled } from "../../../fakes.mjs";

/** @import { CanvasData } from "../../../../../pages/ui/browser/lib/contract.mjs" */
/** @import { Posteriors, SentPoints } from "../../../../../pages/ui/browser/model/embedding.mjs" */

const posteriors = {
  count: 3,
  latentDim: 3,
  mu: Float32Array.of(0, 0, 0, 1, 1, 1, 5, 5, 5),
  logvar: new Float32Array(9),
  labels: Uint8Array.of(7, 7, 2),
  index: Int32Array.of(40, 30, 20),
  split: "held-out",
};

/**
 * A map's points as the server sends them, on the plane of the first two dimensions, or as the last two say.
 * @param {Posteriors} from @param {Exact} [exact] @param {number[][]} [basis]
 * @returns {SentPoints}
 */
function pointsOf(from, exact = Exact.of(from), basis = [[1, 0, 0], [0, 1, 0]]) {
  const plane = { ...dimensionsPlane(3, [0, 1]), basis: basis.map((direction) => Float64Array.from(direction)) };
  return { ...placedOn(from, plane), exact, sent: { basis, origin: [0, 0, 0], shares: [0.6, 0.3], step: 1e-3 } };
}

/** What is asked for on a map of two-pixel images. @param {Partial<CanvasData>} parts */
function surroundingsOf(parts) {
  const data = /** @type {any} */ ({ run: { base: "/r/", state: "finished" }, imageShape: [1, 1, 2], images: true, compact: false, ...parts });
  /** @type {unknown[]} */
  const failures = [];
  let arrived = 0;
  const surroundings = new Neighbourhood(data, {
    onArrive: () => void arrived++,
    onNeighbours: () => undefined,
    onError: (error) => failures.push(error),
  });
  surroundings.use(pointsOf({ ...posteriors, split: parts.points ?? "held-out" }));
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
  const earlier = { ...posteriors, count: 1, mu: Float32Array.of(5, 5, 5), index: Int32Array.of(30) };
  surroundings.use(pointsOf(earlier));
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

test("in more than two dimensions neighbours are told once the posteriors have come, and stay until newer ones have", async () => {
  /** @type {string[]} */
  const told = [];
  const data = /** @type {any} */ ({ run: { base: "/r/" }, imageShape: [1, 1, 2] });
  const note = (/** @type {string} */ what) => () => void told.push(what);
  const surroundings = new Neighbourhood(data, { onArrive: note("picture"), onNeighbours: note("neighbours"), onError: note("error") });
  const [first, second] = [deferred(), deferred()];
  surroundings.use(pointsOf(posteriors, new Exact(() => first.promise)));
  assert.equal(surroundings.around([4, 4, 4], [0, 0]).vote, null);
  first.resolve(posteriors);
  await settled();
  assert.equal(surroundings.around([4, 4, 4], [0, 0]).nearest?.label, 2);
  surroundings.use(pointsOf(posteriors, new Exact(() => second.promise)));
  assert.equal(surroundings.around([4, 4, 4], [0, 0]).nearest?.label, 2, "as before");
  second.resolve({ ...posteriors, labels: Uint8Array.of(1, 1, 8) });
  await settled();
  assert.equal(surroundings.around([4, 4, 4], [0, 0]).nearest?.label, 8);
  assert.deepEqual(told, ["neighbours", "neighbours"]);
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
    ["onTurn", "onPicture", "onNeighbours", "onLayout", "say", "onError"].map((name) => [name, tell(name)]),
  ));
  return { ground: new PlacedPoints(data, events), told };
}

test("the map of two dimensions is there before any point, and no point turns it", () => {
  const { ground, told } = groundOf("dims");
  assert.deepEqual(ground.plane.names, ["z₁", "z₃"]);
  const sent = pointsOf(cloud, Exact.of(cloud), [[1, 0, 0], [0, 0, 1]]);
  const { x, y } = ground.placeOnPlane(sent);
  assert.deepEqual([x[1], y[1]], [1, Math.fround(0.1)]);
  assert.deepEqual(told, []);
});

test("principal components turn the map to where the points vary most, and do not mirror it afterwards", () => {
  const { ground, told } = groundOf("pca");
  const before = ground.placeOnPlane(pointsOf(cloud, Exact.of(cloud), [[0, 1, 0], [1, 0, 0]]));
  assert.ok(Math.abs(before.x[1]) > 7 && Math.abs(before.y[1]) < 2);
  assert.deepEqual(ground.plane.names, ["PC 1 (60\u202f%)", "PC 2 (30\u202f%)"]);
  const next = { ...cloud, mu: cloud.mu.map((value) => 0.98 * value) };
  const after = ground.placeOnPlane(pointsOf(next, Exact.of(next), [[0, -1, 0], [1, 0, 0]])); // the server knows no before
  before.x.forEach((x, row) => assert.ok(Math.abs(after.x[row] - 0.98 * x) < 1e-3));
  assert.deepEqual(told, [["onTurn"], ["onTurn"]]);
});

test("so close that rounding could be seen, exact points are fetched and take the places of the rounded ones", async () => {
  const { ground, told } = groundOf("dims");
  const sent = pointsOf(cloud, new Exact(async () => cloud), [[1, 0, 0], [0, 0, 1]]);
  const placed = () => told.filter(([what]) => what === "onLayout");
  const rounded = { ...sent, x: sent.x.map((value) => value + 4e-4) };
  ground.placeOnPlane(rounded);
  const view = (/** @type {number} */ half) => ({ left: 0, top: 0, width: 600, height: 600, x: [-half, half], y: [-half, half] });
  await ground.look(/** @type {any} */ (view(4)));
  assert.deepEqual(placed(), []);
  await Promise.all([ground.look(/** @type {any} */ (view(0.1))), ground.look(/** @type {any} */ (view(0.05)))]);
  const [[, sharp], ...others] = placed();
  assert.deepEqual(others, []);
  const { x, y } = ground.placeOnPlane(/** @type {SentPoints} */ (sharp));
  assert.deepEqual([x[1], y[1]], [1, Math.fround(0.1)]);
  await ground.look(/** @type {any} */ (view(1e-4)));
  assert.equal(placed().length, 1, "they cannot be more exact");
});

test("a layout is asked for once, says that it is computed, and then has its points placed", async (context) => {
  const file = safetensors({
    xy: { dtype: "F32", shape: [2, 2], values: Float32Array.of(3, 4, -5, 6) },
    row: { dtype: "I32", shape: [2], values: Int32Array.of(1, 4) },
  });
  const { mock } = context.mock.method(globalThis, "fetch", async () => new Response(file));
  const { ground, told } = groundOf("layout");
  const sent = pointsOf(cloud);
  assert.deepEqual([ground.placeOnPlane(sent).count, ground.placeOnPlane(sent).count], [0, 0]);
  await settled();
  assert.equal(mock.callCount(), 1);
  const others = told.filter(([what]) => what !== "onTurn");
  assert.deepEqual(others, [["say", "Computing the t-SNE layout…"], ["say", ""], ["onLayout", sent]]);
  const { count, x, labels } = ground.placeOnPlane(sent);
  assert.deepEqual([count, [...x], [...labels]], [2, [3, -5], [1, 4]]);
  assert.equal(ground.neighbourhood.around([1, 8, 0], [3, 4]).nearest?.row, 1, "what lies near a handle is found among all");
});

test("why there is no layout is told", async (context) => {
  context.mock.method(globalThis, "fetch", async () => Response.json({ error: "all images lie at one place" }, { status: 404 }));
  const { ground, told } = groundOf("layout");
  ground.placeOnPlane(pointsOf(cloud));
  await settled();
  assert.match(String(told.at(-1)?.[1]), /All images lie at one place\./);
});
