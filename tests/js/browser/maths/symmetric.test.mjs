import assert from "node:assert/strict";
import test from "node:test";
import { solveBanded } from "../../../../pages/ui/browser/maths/symmetric.mjs";
import { dot, furthestApart, numbers, uniforms } from "../../seeded.mjs";

/** @param {Float64Array} matrix @param {ArrayLike<number>} vector */
const applied = (matrix, vector) =>
  Float64Array.from(vector, (_, row) => dot(matrix.subarray(row * vector.length, (row + 1) * vector.length), vector));

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
