import assert from "node:assert/strict";
import test from "node:test";
import { Ground } from "../../../../../pages/ui/components/latent_canvas/shared/ground.mjs";
import { safetensors, settled } from "../../../fakes.mjs";

/** Five images in three dimensions that vary most along the second and least along the third. */
const posteriors = {
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
    ["turned", "pictured", "laidOut", "say", "failed"].map((name) => [name, tell(name)]),
  ));
  return { ground: new Ground(data, events), told };
}

test("the map of two dimensions is there before any point, and no point turns it", () => {
  const { ground, told } = groundOf("dims");
  assert.deepEqual(ground.plane.names, ["z₁", "z₃"]);
  const { x, y } = ground.place(posteriors);
  assert.deepEqual([x[1], y[1]], [1, Math.fround(0.1)]);
  assert.deepEqual(told, []);
});

test("principal components turn the map to where the points vary most, and do not mirror it afterwards", () => {
  const { ground, told } = groundOf("pca");
  const before = ground.place(posteriors);
  assert.ok(Math.abs(before.x[1]) > 7 && Math.abs(before.y[1]) < 2);
  assert.match(ground.plane.names[0], /^PC 1/);
  const after = ground.place({ ...posteriors, mu: posteriors.mu.map((value) => 0.98 * value) });
  before.x.forEach((x, row) => assert.ok(Math.abs(after.x[row] - 0.98 * x) < 1e-3));
  assert.deepEqual(told, [["turned"], ["turned"]]);
});

test("a layout is asked for once, says that it is computed, and then has its points placed", async (context) => {
  const file = safetensors({
    xy: { dtype: "F32", shape: [2, 2], values: Float32Array.of(3, 4, -5, 6) },
    row: { dtype: "I32", shape: [2], values: Int32Array.of(1, 4) },
  });
  const { mock } = context.mock.method(globalThis, "fetch", async () => new Response(file));
  const { ground, told } = groundOf("layout");
  assert.deepEqual([ground.place(posteriors).count, ground.place(posteriors).count], [0, 0]);
  await settled();
  assert.equal(mock.callCount(), 1);
  const others = told.filter(([what]) => what !== "turned");
  assert.deepEqual(others, [["say", "Computing the t-SNE layout…"], ["say", ""], ["laidOut", posteriors]]);
  const { count, x, labels } = ground.place(posteriors);
  assert.deepEqual([count, [...x], [...labels]], [2, [3, -5], [1, 4]]);
  assert.equal(ground.surroundings.posteriors, posteriors, "what lies near a handle is found among all");
});

test("why there is no layout is told", async (context) => {
  context.mock.method(globalThis, "fetch", async () => Response.json({ error: "all images lie at one place" }, { status: 404 }));
  const { ground, told } = groundOf("layout");
  ground.place(posteriors);
  await settled();
  assert.match(String(told.at(-1)?.[1]), /All images lie at one place\./);
});
