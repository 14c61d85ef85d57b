/** A little linear algebra on symmetric matrices, stored row by row in float64. */

/** Rotations end when what is left off the diagonal is below rounding, as a share of the whole matrix. */
const NEGLIGIBLE = 1e-15;
const MOST_SWEEPS = 50;

/**
 * @typedef {object} Eigen
 * @property {Float64Array} values (size,), largest first
 * @property {Float64Array[]} vectors orthonormal, in the order of the values
 */

/**
 * All eigenvalues and eigenvectors, by cyclic Jacobi rotations; they converge for every symmetric matrix.
 * Source: Golub & Van Loan, Matrix Computations, section 8.5.
 * @param {Float64Array} matrix (size, size), symmetric and finite; left as it is
 * @param {number} size
 * @returns {Eigen}
 */
export function eigenSymmetric(matrix, size) {
  const rotated = Float64Array.from(matrix);
  const vectors = new Float64Array(size * size); // one eigenvector a row
  for (let index = 0; index < size; index++) vectors[index * size + index] = 1;
  const whole = rotated.reduce((sum, value) => sum + value * value, 0);
  for (let sweep = 0; sweep < MOST_SWEEPS; sweep++) {
    if (squaresOffDiagonal(rotated, size) <= NEGLIGIBLE * NEGLIGIBLE * whole) break;
    for (let p = 0; p < size; p++) {
      for (let q = p + 1; q < size; q++) rotate(rotated, vectors, size, p, q);
    }
  }
  const order = Array.from({ length: size }, (_, index) => index);
  order.sort((a, b) => rotated[b * size + b] - rotated[a * size + a]);
  return {
    values: Float64Array.from(order, (index) => rotated[index * size + index]),
    vectors: order.map((index) => vectors.slice(index * size, (index + 1) * size)),
  };
}

/** @param {Float64Array} matrix @param {number} size */
function squaresOffDiagonal(matrix, size) {
  let sum = 0;
  for (let p = 0; p < size; p++) {
    for (let q = p + 1; q < size; q++) sum += 2 * matrix[p * size + q] ** 2;
  }
  return sum;
}

/**
 * Turn dimensions p and q so that their entry off the diagonal becomes zero; of the two angles, the smaller.
 * @param {Float64Array} matrix @param {Float64Array} vectors @param {number} size @param {number} p @param {number} q
 */
function rotate(matrix, vectors, size, p, q) {
  const off = matrix[p * size + q];
  if (off === 0) return;
  const ratio = (matrix[q * size + q] - matrix[p * size + p]) / (2 * off);
  const tangent = (ratio < 0 ? -1 : 1) / (Math.abs(ratio) + Math.hypot(1, ratio));
  const cosine = 1 / Math.hypot(1, tangent);
  const sine = tangent * cosine;
  turn(matrix, p * size, q * size, 1, size, cosine, sine); // rows
  turn(matrix, p, q, size, size, cosine, sine); // columns
  turn(vectors, p * size, q * size, 1, size, cosine, sine);
  matrix[p * size + q] = matrix[q * size + p] = 0;
}

/**
 * @param {Float64Array} values @param {number} a first entry of one line @param {number} b of the other
 * @param {number} stride from entry to entry @param {number} count @param {number} cosine @param {number} sine
 */
function turn(values, a, b, stride, count, cosine, sine) {
  for (let index = 0; index < count; index++, a += stride, b += stride) {
    const [one, other] = [values[a], values[b]];
    values[a] = cosine * one - sine * other;
    values[b] = sine * one + cosine * other;
  }
}

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
