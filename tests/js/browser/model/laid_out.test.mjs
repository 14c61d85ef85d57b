import assert from "node:assert/strict";
import test from "node:test";
import { placedOn } from "../../../../pages/ui/browser/model/embedding.mjs";
import { fetchLayout, isLaidOut, layoutPlane, readLayout, towards } from "../../../../pages/ui/browser/model/laid_out.mjs";
import { lift, project } from "../../../../pages/ui/browser/model/plane.mjs";
import { safetensors } from "../../fakes.mjs";

/** @import { LaidOut } from "../../../../pages/ui/browser/model/laid_out.mjs" */

/** Four images in three dimensions. */
const posteriors = {
  count: 4,
  latentDim: 3,
  mu: Float32Array.of(0, 0, 0, 1, 0, 0, 0, 1, 0, 5, 5, 5),
  logvar: Float32Array.from({ length: 12 }, (_, at) => -at),
  labels: Uint8Array.of(3, 1, 4, 1),
  index: Int32Array.of(10, 11, 12, 13),
  split: "held-out",
};
/** Three of them, laid out: the last one far to the right. */
const layout = { xy: Float32Array.of(-20, 0, -20, 10, 40, 1), row: Int32Array.of(0, 2, 3), isFinal: true };
const plane = layoutPlane(layout, posteriors, 3);
const points = /** @type {LaidOut} */ (plane.points);

/** @param {{xy?: Float32Array, row?: Int32Array}} [parts] @param {number} [final] 0 while it is refined */
function fileOf({ xy = layout.xy, row = layout.row } = {}, final = 1) {
  return safetensors({
    xy: { dtype: "F32", shape: [xy.length / 2, 2], values: xy },
    row: { dtype: "I32", shape: [row.length], values: row },
    final: { dtype: "U8", shape: [1], values: Uint8Array.of(final) },
  });
}

test("a handle snaps to the laid-out point that is nearest on the map, and takes its place in latent space", () => {
  assert.deepEqual([...lift(plane, [31, -7], [9, 9, 9])], [5, 5, 5]);
  assert.deepEqual([...lift(plane, [-20, 6], [9, 9, 9])], [0, 1, 0]);
});

test("a place in latent space is shown at the laid-out point that is nearest there", () => {
  assert.deepEqual(project(plane, [0.1, 0.8, 0.1]), [-20, 10]);
  assert.deepEqual(project(plane, [4, 5, 6]), [40, 1]);
});

test("only the places of the points themselves are on the layout, to the rounding of an address", () => {
  assert.equal(isLaidOut(points, [5, 5.0004, 5]), true);
  assert.equal(isLaidOut(points, [1, 0, 0]), false, "an image that was not laid out");
});

test("the map shows the laid-out images alone and knows which they are", () => {
  const shown = placedOn(posteriors, plane);
  assert.deepEqual([shown.count, [...shown.labels], [...shown.index]], [3, [3, 4, 1], [10, 12, 13]]);
  assert.deepEqual([[...shown.x], [...shown.y], shown.extent], [[-20, -20, 40], [0, 10, 1], 40]);
  assert.equal(shown.exact.now, posteriors, "the posteriors behind them are those of all");
});

test("while the layout is computed nothing lies on the map and no handle is moved", () => {
  const empty = layoutPlane(null, posteriors, 3);
  assert.equal(placedOn(posteriors, empty).count, 0);
  assert.deepEqual(project(empty, [1, 2, 3]), [0, 0]);
  assert.deepEqual([...lift(empty, [4, 4], [1, 2, 3])], [1, 2, 3]);
});

test("a key leads to the next point in its direction and stays where there is none", () => {
  const at = (/** @type {[number, number]} */ direction) => [...towards(points, [-20, 0], direction, [0, 0, 0])];
  assert.deepEqual(at([0, 0.05]), [0, 1, 0]);
  assert.deepEqual(at([0.05, 0]), [5, 5, 5]);
  assert.deepEqual(at([-0.05, 0]), [0, 0, 0]);
});

test("a layout of other points is refused", () => {
  assert.throws(() => layoutPlane({ ...layout, row: Int32Array.of(0, 1, 4) }, posteriors, 3), /other points than this map's 4/);
});

test("a file that is no layout is refused in a sentence", () => {
  assert.deepEqual(readLayout(fileOf()), layout);
  assert.throws(() => readLayout(fileOf({ row: Int32Array.of(1) })), /expected xy \(N, 2\) and row \(N,\); choose/);
});

test("the server is asked again until it has computed the layout", async (context) => {
  let asked = 0;
  context.mock.method(globalThis, "fetch", async (/** @type {string} */ url) => {
    asked += 1;
    assert.equal(url, "/runs/a/layout/tsne");
    return asked < 3 ? Response.json({ state: "computing" }) : new Response(fileOf());
  });
  assert.deepEqual(await fetchLayout("/runs/a/", new AbortController().signal, { pause: async () => undefined }), layout);
  assert.equal(asked, 3);
});

test("what there is of a layout is shown until it stays as it is", async (context) => {
  const answers = [0, 0, 1];
  context.mock.method(globalThis, "fetch", async () => new Response(fileOf({}, answers.shift())));
  /** @type {boolean[]} */
  const parts = [];
  const onPart = (/** @type {{isFinal: boolean}} */ { isFinal }) => void parts.push(isFinal);
  const last = await fetchLayout("/runs/a/", new AbortController().signal, { pause: async () => undefined, onPart });
  assert.deepEqual([parts, last.isFinal], [[false, false], true]);
});

test("nobody asks on once the canvas is gone", async (context) => {
  context.mock.method(globalThis, "fetch", async () => Response.json({ state: "computing" }));
  const stopping = new AbortController();
  await assert.rejects(fetchLayout("/runs/a/", stopping.signal, { pause: async () => stopping.abort() }), { name: "AbortError" });
});
