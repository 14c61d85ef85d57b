import assert from "node:assert/strict";
import test from "node:test";
import { PointsReader, readPoints } from "../../../../pages/ui/browser/model/points_file.mjs";
import { pointsFile } from "../../fakes.mjs";

const POINTS = {
  x: [0, 10, 20, 30, 40],
  y: [5, 4, 3, 2, 1],
  labels: [0, 1, 2, 3, 200],
  index: [3, 7, 70, 700, 7000],
  ranges: { x: /** @type {[number, number]} */ ([0, 40]), y: /** @type {[number, number]} */ ([-5, 5]) },
};

/** @param {ArrayLike<number>} values @param {ArrayLike<number>} wanted @param {number} within */
function assertNear(values, wanted, within) {
  assert.equal(values.length, wanted.length);
  Array.from(values).forEach((value, row) => assert.ok(Math.abs(value - wanted[row]) <= within, `row ${row}: ${value}, not ${wanted[row]}`));
}

/** A file that comes in pieces of so many bytes. @param {Uint8Array} file @param {number} length */
function inPieces(file, length) {
  return new ReadableStream({
    start(controller) {
      for (let from = 0; from < file.length; from += length) controller.enqueue(file.slice(from, from + length));
      controller.close();
    },
  });
}

for (const [chunks, length] of [[1, 1e6], [1, 7], [2, 1], [3, 11], [5, 64]]) {
  test(`points in ${chunks} chunks that come ${length} bytes at a time are those that were sent`, async () => {
    const points = await readPoints(inPieces(pointsFile({ ...POINTS, chunks }), length), () => undefined);
    assertNear(points.x, POINTS.x, 40 / 65_535);
    assertNear(points.y, POINTS.y, 10 / 65_535);
    assert.deepEqual([...points.labels], POINTS.labels);
    assert.deepEqual([...points.index], POINTS.index);
  });
}

test("the first chunk is a sample of all, and the others are nowhere until they come", () => {
  const file = pointsFile({ ...POINTS, chunks: 2 });
  const reader = new PointsReader();
  let sent = 0;
  while (!reader.push(file.slice(sent, ++sent)));
  assert.ok(sent < file.length);
  assert.deepEqual([...reader.x].map(Number.isNaN), [false, true, false, true, false]);
  assert.equal(reader.isComplete, false);
  assert.equal(reader.push(file.slice(sent)), true);
  assert.equal(reader.isComplete, true);
  assert.ok(!reader.x.some(Number.isNaN));
});

test("points far outside are where they are, exactly", async () => {
  const file = pointsFile({ ...POINTS, outliers: [[1, 1e6, -3], [4, 0.1, 1e-9]] });
  const { x, y } = await readPoints(inPieces(file, 50), () => undefined);
  assert.deepEqual([x[1], y[1], x[4], y[4]], [1e6, -3, Math.fround(0.1), Math.fround(1e-9)]);
});

test("a whole split's points are numbered as they come, and images without classes are all of class 0", async () => {
  const { index, labels } = await readPoints(inPieces(pointsFile({ x: POINTS.x, y: POINTS.y }), 100), () => undefined);
  assert.deepEqual([[...index], [...labels]], [[0, 1, 2, 3, 4], [0, 0, 0, 0, 0]]);
});

test("no points are a map without points", async () => {
  const points = await readPoints(inPieces(pointsFile({ x: [], y: [], chunks: 0 }), 100), () => undefined);
  assert.equal(points.x.length, 0);
});

test("a file that ends too early is refused in a sentence", async () => {
  const file = pointsFile(POINTS);
  for (const length of [0, 3, 40, file.length - 1]) {
    await assert.rejects(readPoints(inPieces(file.slice(0, length), 9), () => undefined), /only in part; reload/);
  }
});
