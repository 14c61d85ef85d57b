/** A little linear algebra on symmetric matrices with few diagonals, in float64. */

/**
 * Solve A x = b for a positive definite A with few diagonals, by Cholesky's decomposition; linear in the size.
 * Source: Golub & Van Loan, Matrix Computations, section 4.3.
 * @param {Float64Array} lower (size, band + 1): entry (i, j) with i − band ≤ j ≤ i at [i, j − i + band]; overwritten
 * @param {number} band diagonals below the main one
 * @param {Float64Array} right (size,)
 * @returns {Float64Array} (size,)
 */
export function solveBanded(lower, band, right) {
  factor(lower, band, right.length);
  const x = Float64Array.from(right);
  const width = band + 1;
  for (let i = 0; i < x.length; i++) {
    for (let j = Math.max(0, i - band); j < i; j++) x[i] -= lower[i * width + j - i + band] * x[j];
    x[i] /= lower[i * width + band];
  }
  for (let i = x.length - 1; i >= 0; i--) {
    x[i] /= lower[i * width + band];
    for (let j = Math.max(0, i - band); j < i; j++) x[j] -= lower[i * width + j - i + band] * x[i];
  }
  return x;
}

/** A = L Lᵀ, in place. @param {Float64Array} lower @param {number} band @param {number} size */
function factor(lower, band, size) {
  const width = band + 1;
  for (let i = 0; i < size; i++) {
    const first = Math.max(0, i - band);
    const row = i * width - i + band; // entry (i, j) is at row + j
    for (let j = first; j <= i; j++) {
      const other = j * width - j + band;
      let value = lower[row + j];
      for (let k = first; k < j; k++) value -= lower[row + k] * lower[other + k];
      lower[row + j] = i === j ? Math.sqrt(value) : value / lower[other + j];
    }
  }
}
