import assert from "node:assert/strict";
import test from "node:test";
import { geodesicPath } from "../../../../pages/ui/browser/maths/geodesic.mjs";
import { Explained, isAbort } from "../../../../pages/ui/browser/lib/fetching.mjs";
import { dot, furthestApart, numbers, uniforms } from "../../seeded.mjs";

/** @typedef {(z: number[]) => number[]} Surface a decoder that can be thought through */

/** @param {Surface} surface @param {number} latentDim */
function decoderOf(surface, latentDim) {
  const calls = { count: 0, most: 0 };
  /** @param {Float32Array} zs @param {number} count */
  const decode = async (zs, count) => {
    calls.count++;
    calls.most = Math.max(calls.most, count);
    assert.equal(zs.length, count * latentDim);
    const rows = Array.from({ length: count }, (_, row) => zs.subarray(row * latentDim, (row + 1) * latentDim));
    return Float32Array.from(rows.flatMap((z) => surface([...z])));
  };
  return { decode, calls };
}

/** @type {Surface} */
const polar = ([radius, turn]) => [radius * Math.cos(turn), radius * Math.sin(turn)];
/** @type {Surface} */
const bump = ([x, y]) => [x, y, 3 * Math.exp(-(x * x + y * y))];
/** @type {Surface} */
const globe = ([latitude, longitude]) => [
  Math.cos(latitude) * Math.cos(longitude),
  Math.cos(latitude) * Math.sin(longitude),
  Math.sin(latitude),
];

test("where images change as z does, the geodesic is the straight path", async () => {
  const { decode } = decoderOf((z) => z, 3);
  const { path, energy, length } = await geodesicPath([[0, 0, 1], [3, 6, -5]], 10, decode);
  path.forEach((z, at) => assert.ok(furthestApart(z, [at / 3, (2 * at) / 3, 1 - (2 * at) / 3]) < 1e-3));
  assert.ok(Math.abs(length - 9) < 1e-4);
  assert.ok(Math.abs(energy.after - 9) < 1e-4 && energy.after <= energy.before);
});

test("through polar coordinates the geodesic is the chord, in equal steps", async () => {
  const { decode } = decoderOf(polar, 2);
  const { path, energy, length } = await geodesicPath([[1, 0], [1, 2]], 21, decode);
  const [from, to] = [polar([1, 0]), polar([1, 2])];
  path.forEach((z, at) => {
    const expected = from.map((value, i) => value + (at / 20) * (to[i] - value));
    assert.ok(furthestApart(polar([...z]), expected) < 5e-3, `frame ${at}`);
  });
  const chord = 2 * Math.sin(1);
  assert.ok(Math.abs(length - chord) < 1e-3);
  assert.ok(Math.abs(energy.after - chord ** 2 / 20) < 1e-3);
});

test("on a globe the geodesic is the great circle, which leaves the parallel for the pole", async () => {
  const { decode } = decoderOf(globe, 2);
  const start = [Math.PI / 4, 0];
  const { path, length } = await geodesicPath([start, [Math.PI / 4, Math.PI / 2]], 25, decode);
  const normal = [-Math.SQRT1_2, -Math.SQRT1_2, Math.SQRT1_2]; // across both ends: (1, 0, 1) and (0, 1, 1)
  path.forEach((z) => assert.ok(Math.abs(dot(normal, globe([...z]))) < 5e-3));
  assert.ok(path[12][0] > Math.PI / 4 + 0.1);
  assert.ok(Math.abs(length - Math.PI / 3) < 2e-3); // 60 degrees; along the parallel it is 63.6
});

test("the geodesic goes around a bump, with less energy and a shorter way than straight over it", async () => {
  const { decode } = decoderOf(bump, 2);
  const points = [[-2, 0.2], [2, 0.2]];
  const straight = await geodesicPath(points, 30, decode, { iterations: 0 });
  const { path, energy, length } = await geodesicPath(points, 30, decode);
  assert.equal(energy.before, straight.energy.after);
  assert.ok(energy.after < 0.6 * energy.before);
  assert.ok(length < 0.8 * straight.length);
  assert.ok(Math.max(...path.map(([, y]) => y)) > 1); // around the side it was nearer to
  assert.ok(straight.path.every(([, y]) => Math.abs(y - 0.2) < 1e-12));
});

test("the path goes exactly through every point, in order, and has the frames asked for", async () => {
  const { decode } = decoderOf(bump, 2);
  const points = [[-2, 0.1], [0.3, 1.7], [2, -0.4]];
  for (const isLoop of [false, true]) {
    const { path } = await geodesicPath(points, 18, decode, { isLoop });
    assert.equal(path.length, 18);
    const found = points.map((point) => path.findIndex((z) => furthestApart(z, point) === 0));
    assert.deepEqual(found, [...found].sort((a, b) => a - b));
    assert.equal(found[0], 0);
    assert.equal(found[2] === 17, !isLoop);
  }
});

test("a path there and back is the path there twice, and a loop of two points is the same", async () => {
  const { decode } = decoderOf(bump, 2);
  const [start, end] = [[-2, 0.2], [2, 0.2]];
  for (const iterations of [1, 60]) {
    const { energy } = await geodesicPath([start, end], 12, decode, { iterations });
    const twice = await geodesicPath([start, end, start], 23, decode, { iterations });
    const loop = await geodesicPath([start, end], 22, decode, { iterations, isLoop: true });
    for (const both of [twice, loop]) assert.ok(Math.abs(both.energy.after / energy.after - 2) < 1e-6);
  }
});

test("a loop counts its way back", async () => {
  const { decode } = decoderOf((z) => z, 2);
  const { length, path } = await geodesicPath([[0, 0], [3, 0], [3, 4]], 12, decode, { isLoop: true });
  assert.ok(Math.abs(length - 12) < 1e-4);
  assert.equal(new Set(path.map(String)).size, 12);
});

test("no round raises the energy, whatever the decoder", async () => {
  const next = uniforms(6);
  for (let trial = 0; trial < 6; trial++) {
    const [inner, outer] = [numbers(next, 8 * 3, 3), numbers(next, 10 * 8, 1)];
    const { decode } = decoderOf((z) => {
      const hidden = Array.from({ length: 8 }, (_, unit) => Math.tanh(dot(inner.subarray(3 * unit, 3 * unit + 3), z)));
      return Array.from({ length: 10 }, (_, pixel) => dot(outer.subarray(8 * pixel, 8 * pixel + 8), hidden));
    }, 3);
    const points = [numbers(next, 3), numbers(next, 3)];
    let last = Infinity;
    for (const iterations of [0, 1, 2, 4, 8, 30]) {
      const { energy } = await geodesicPath(points, 15, decode, { iterations });
      assert.ok(energy.after <= last && energy.after <= energy.before);
      last = energy.after;
    }
  }
});

test("no small detour of the found path has noticeably less energy", async () => {
  const { decode } = decoderOf(bump, 2);
  const { path, energy } = await geodesicPath([[-2, 0.2], [2, 0.2]], 12, decode);
  const next = uniforms(14);
  /** @param {number[][]} zs */
  const energyOf = (zs) =>
    zs.slice(1).reduce((sum, z, at) => {
      const [one, other] = [bump(z), bump(zs[at])];
      return sum + one.reduce((squares, value, i) => squares + (value - other[i]) ** 2, 0);
    }, 0);
  for (let trial = 0; trial < 200; trial++) {
    const detour = path.map((z, at) => [...z].map((value) => value + (at % 11 ? 0.05 * (2 * next() - 1) : 0)));
    assert.ok(energyOf(detour) > 0.995 * energy.after);
  }
});

test("with a basis given the frames move along it only, and leave the rest on the straight way", async () => {
  const { decode } = decoderOf((z) => [...z, 3 * Math.exp(-dot(z, z))], 12);
  const at = (/** @type {number} */ x) => [x, 0.2, ...new Array(10).fill(x / 20 + 0.05)];
  const basis = [0, 1].map((one) => Array.from({ length: 12 }, (_, i) => (i === one ? 1 : 0)));
  const { path, energy } = await geodesicPath([at(-2), at(2)], 9, decode, { basis });
  assert.ok(energy.after < 0.9 * energy.before);
  path.forEach((z, frame) => assert.ok(furthestApart(z.slice(2), new Array(10).fill(frame / 40 - 0.05)) < 1e-12));
});

test("dimensions that the decoder ignores stay on the straight way", async () => {
  const { decode } = decoderOf(([radius, turn]) => polar([radius, turn]), 3);
  const { path, length } = await geodesicPath([[1, 0, -1], [1, 2, 1]], 11, decode);
  path.forEach((z, at) => assert.ok(Math.abs(z[2] - (at / 5 - 1)) < 1e-6));
  assert.ok(Math.abs(length - 2 * Math.sin(1)) < 1e-3);
});

test("a dimension that the decoder hardly sees does not hold up the others by moving far", async () => {
  let furthest = 0;
  const { decode } = decoderOf(([radius, turn, faint]) => {
    furthest = Math.max(furthest, Math.abs(faint));
    return [...polar([radius, turn]), 1e-4 * faint + 0.2 * Math.cos(turn)];
  }, 3);
  const { energy } = await geodesicPath([[1, 0, 0], [1, 2, 0]], 21, decode, { iterations: 1 });
  assert.ok(furthest < 0.5, `${furthest}`);
  assert.ok(energy.after < 0.8 * energy.before, `${energy.after / energy.before}`);
});

test("no round goes further than half the way between the points, however flat the decoder is", async () => {
  let furthest = 0;
  const { decode } = decoderOf(([x, y]) => {
    furthest = Math.max(furthest, Math.abs(y - 4));
    return [x, Math.tanh(y) + 0.5 * Math.cos(x)];
  }, 2);
  await geodesicPath([[-2, 4], [2, 4]], 15, decode, { iterations: 1 });
  assert.ok(furthest < 2.1, `${furthest}`); // and a hundredth for the slopes
});

test("a decoder that always gives the same image, and points in one place, leave the straight path", async () => {
  const { decode } = decoderOf(() => [0.5, 0.5], 2);
  const { path, energy, length } = await geodesicPath([[0, 0], [4, 0]], 5, decode);
  assert.deepEqual(path.map(([x]) => x), [0, 1, 2, 3, 4]);
  assert.deepEqual([energy.after, length], [0, 0]);
  const resting = await geodesicPath([[1, 1], [1, 1]], 4, decoderOf(bump, 2).decode);
  assert.deepEqual(resting.path.map((z) => [...z]), new Array(4).fill([1, 1]));
});

test("two frames for two points leave nothing to move", async () => {
  const { decode, calls } = decoderOf(bump, 2);
  const { path } = await geodesicPath([[-2, 0], [2, 0]], 2, decode);
  assert.deepEqual(path.map((z) => [...z]), [[-2, 0], [2, 0]]);
  assert.equal(calls.count, 1);
});

test("an abort ends the search as an abort, and nothing more is decoded", async () => {
  for (const last of [0, 1, 3]) {
    const { decode, calls } = decoderOf(bump, 2);
    const stopping = new AbortController();
    if (!last) stopping.abort();
    const path = geodesicPath([[-2, 0.2], [2, 0.2]], 20, async (zs, count) => {
      if (calls.count + 1 === last) stopping.abort();
      return decode(zs, count);
    }, { signal: stopping.signal });
    await assert.rejects(path, isAbort);
    assert.equal(calls.count, last);
  }
});

test("between two batches the page can do something else, such as stopping the search", async () => {
  const { decode, calls } = decoderOf(bump, 2);
  const stopping = new AbortController();
  const path = geodesicPath([[-2, 0.2], [2, 0.2]], 200, async (zs, count) => {
    setTimeout(() => stopping.abort()); // as a click would: after the event that is under way
    return decode(zs, count);
  }, { signal: stopping.signal });
  await assert.rejects(path, isAbort);
  assert.ok(calls.count < 4 && calls.most <= 64);
});

test("a decoder that does not fit is refused in a sentence", async () => {
  for (const values of [0, 7]) {
    const broken = async () => new Float32Array(values);
    await assert.rejects(geodesicPath([[0, 0], [1, 1]], 70, broken), (error) => {
      return error instanceof Explained && /The decoder gave/.test(error.message);
    });
  }
});
