import assert from "node:assert/strict";
import test from "node:test";
import { eigenSymmetric, solveBanded } from "../../../../pages/ui/browser/maths/symmetric.mjs";
import { dot, furthestApart, numbers, uniforms } from "../../seeded.mjs";

/** @param {number} seed @param {number} size @returns {Float64Array} */
function symmetricMatrix(seed, size) {
  const values = numbers(uniforms(seed), size * size);
  return Float64Array.from(values, (_, at) => {
    const [row, column] = [Math.floor(at / size), at % size];
    return values[row * size + column] + values[column * size + row];
  });
}

/** @param {Float64Array} matrix @param {ArrayLike<number>} vector */
const applied = (matrix, vector) =>
  Float64Array.from(vector, (_, row) => dot(matrix.subarray(row * vector.length, (row + 1) * vector.length), vector));

test("a matrix made by hand has its known eigenvalues, the largest first", () => {
  const { values, vectors } = eigenSymmetric(Float64Array.of(2, 1, 0, 1, 2, 0, 0, 0, -5), 3);
  assert.ok(furthestApart(values, [3, 1, -5]) < 1e-14);
  assert.ok(furthestApart(vectors[0].map(Math.abs), [Math.SQRT1_2, Math.SQRT1_2, 0]) < 1e-14);
  assert.ok(vectors[0][0] * vectors[0][1] > 0 && vectors[1][0] * vectors[1][1] < 0);
});

test("a matrix maps each eigenvector to its multiple, and the eigenvectors are orthonormal", () => {
  for (const size of [1, 2, 5, 20, 128]) {
    const matrix = symmetricMatrix(size, size);
    const { values, vectors } = eigenSymmetric(matrix, size);
    vectors.forEach((vector, at) => {
      const multiple = vector.map((value) => values[at] * value);
      assert.ok(furthestApart(applied(matrix, vector), multiple) < 1e-11, `${size}: eigenvector ${at}`);
      vectors.forEach((other, i) => assert.ok(Math.abs(dot(vector, other) - (i === at ? 1 : 0)) < 1e-12));
    });
    assert.deepEqual([...values], [...values].sort((a, b) => b - a));
  }
});

test("a matrix without any structure left, all zero or a multiple of the identity, keeps the unit vectors", () => {
  for (const scale of [0, 3]) {
    const { values, vectors } = eigenSymmetric(Float64Array.of(scale, 0, 0, scale), 2);
    assert.deepEqual([...values], [scale, scale]);
    assert.deepEqual(vectors.map((vector) => [...vector]), [[1, 0], [0, 1]]);
  }
});

test("the solution of a banded system, put back, gives the right side", () => {
  const next = uniforms(7);
  for (const [size, band] of [[1, 0], [6, 1], [9, 3], [5, 9], [40, 7]]) {
    const lower = new Float64Array(size * (band + 1));
    const full = new Float64Array(size * size);
    for (let i = 0; i < size; i++) {
      for (let j = Math.max(0, i - band); j <= i; j++) {
        const value = i === j ? 2 * band + 2 : 2 * next() - 1;
        lower[i * (band + 1) + j - i + band] = full[i * size + j] = full[j * size + i] = value;
      }
    }
    const right = Float64Array.from(numbers(next, size));
    assert.ok(furthestApart(applied(full, solveBanded(lower, band, right)), right) < 1e-12, `${size}, ${band}`);
  }
});
