import assert from "node:assert/strict";
import { test } from "node:test";
import { compute } from "../../../../pages/ui/browser/graph/graph.mjs";
import { OPERATORS } from "../../../../pages/ui/browser/graph/operators.mjs";
import { timesTransposed, transposed } from "../../../../pages/ui/browser/graph/products.mjs";

/** @param {number} count @param {number} seed */
const numbers = (count, seed) => Float32Array.from({ length: count }, (_, at) => Math.sin(seed + 12.9898 * at));

/** @param {number[]} dims @param {number} seed */
const tensor = (dims, seed) => ({ dims, data: numbers(dims.reduce((a, b) => a * b, 1), seed) });

/** @param {ArrayLike<number>} got @param {ArrayLike<number>} expected */
function near(got, expected) {
  assert.equal(got.length, expected.length);
  Array.from(expected).forEach((value, at) => assert.ok(Math.abs(got[at] - value) < 1e-5, `${at}: ${got[at]} for ${value}`));
}

test("a product is the sum over the last dimension of both, whatever their sizes leave beside blocks of four", () => {
  for (const [n, m, k] of [[1, 1, 1], [1, 7, 5], [4, 4, 3], [6, 9, 8], [9, 3, 2]]) {
    const [a, b] = [numbers(n * k, 1), numbers(m * k, 2)];
    const out = new Float32Array(n * m);
    timesTransposed(a, b, n, m, k, out);
    const expected = Array.from({ length: n * m }, (_, at) => {
      let sum = 0;
      for (let i = 0; i < k; i++) sum += a[Math.floor(at / m) * k + i] * b[(at % m) * k + i];
      return sum;
    });
    near(out, expected);
  }
});

test("a transposed matrix has its rows for columns", () => {
  assert.deepEqual([...transposed(Float32Array.of(1, 2, 3, 4, 5, 6), 2, 3)], [1, 4, 2, 5, 3, 6]);
});

test("a convolution and the transposed one with the same kernel are each other's adjoint", () => {
  const settings = { strides: [2, 2], pads: [1, 1, 1, 1] };
  const [x, y, weight] = [tensor([2, 3, 7, 6], 1), tensor([2, 5, 3, 3], 2), tensor([5, 3, 4, 4], 3)];
  const forth = /** @type {any} */ (OPERATORS.Conv([x, weight], settings));
  const back = /** @type {any} */ (OPERATORS.ConvTranspose([y, weight], { ...settings, output_padding: [1, 0] }));
  assert.deepEqual([forth.dims, back.dims], [y.dims, x.dims]);
  /** @param {ArrayLike<number>} a @param {ArrayLike<number>} b */
  const dot = (a, b) => Array.from(a).reduce((sum, value, at) => sum + value * b[at], 0);
  assert.ok(Math.abs(dot(forth.data, y.data) - dot(x.data, back.data)) < 1e-3);
});

test("a bias is added to each channel", () => {
  const made = /** @type {any} */ (OPERATORS.Conv([{ dims: [1, 1, 1, 2], data: Float32Array.of(1, 2) }, { dims: [2, 1, 1, 1], data: Float32Array.of(1, 10) }, { dims: [2], data: Float32Array.of(0.5, 0.25) }], {}));
  assert.deepEqual([...made.data], [1.5, 2.5, 10.25, 20.25]);
});

test("shapes spread as ONNX spreads them", () => {
  const made = /** @type {any} */ (OPERATORS.Add([{ dims: [2, 1, 2], data: Float32Array.of(1, 2, 3, 4) }, { dims: [2, 1], data: Float32Array.of(10, 20) }], {}));
  assert.deepEqual([made.dims, [...made.data]], [[2, 2, 2], [11, 12, 21, 22, 13, 14, 23, 24]]);
});

test("axes are turned as they are told to, or all the way round", () => {
  const x = { dims: [1, 2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) };
  const swapped = /** @type {any} */ (OPERATORS.Transpose([x], { perm: [0, 2, 1] }));
  const round = /** @type {any} */ (OPERATORS.Transpose([x], {}));
  assert.deepEqual([swapped.dims, [...swapped.data]], [[1, 3, 2], [1, 4, 2, 5, 3, 6]]);
  assert.deepEqual([round.dims, [...round.data]], [[3, 2, 1], [1, 4, 2, 5, 3, 6]]);
});

test("halves are rounded to the even number", () => {
  const made = /** @type {any} */ (OPERATORS.Round([{ dims: [4], data: Float32Array.of(0.5, 1.5, -0.5, 2.4) }], {}));
  assert.deepEqual([...made.data].map((value) => value + 0), [0, 2, 0, 2]);
});

test("what an output does not need is not computed", () => {
  const nodes = [
    { op: "Neg", in: ["x"], out: ["wanted"] },
    { op: "no such operator", in: ["x"], out: ["other"] },
  ];
  const { wanted } = compute({ outputs: ["wanted", "other"], nodes, constants: {} }, { x: tensor([2], 1) }, ["wanted"]);
  near(wanted.data, numbers(2, 1).map((value) => -value));
});
