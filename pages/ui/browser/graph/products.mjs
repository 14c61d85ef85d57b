/**
 * Matrix products in float32, each matrix row by row in one array. Both factors of the one kernel below have the
 * dimension that is summed over last, so that it walks both of them in order.
 */

/**
 * a · bᵀ: sixteen sums at a time, so that each number that is read serves four of them.
 * @param {Float32Array} a (n, k) @param {Float32Array} b (m, k) @param {number} n @param {number} m @param {number} k
 * @param {Float32Array} out (n, m)
 */
export function timesTransposed(a, b, n, m, k, out) {
  const wholeRows = n - (n % 4);
  const wholeColumns = m - (m % 4);
  const rows = wide(4 * k);
  for (let row = 0; row < wholeRows; row += 4) {
    rows.set(a.subarray(row * k, (row + 4) * k));
    for (let column = 0; column < wholeColumns; column += 4) block(rows, b, row, column, m, k, out);
    for (let column = wholeColumns; column < m; column++) for (let r = row; r < row + 4; r++) out[r * m + column] = dot(rows, (r - row) * k, b, column * k, k);
  }
  for (let row = wholeRows; row < n; row++) {
    rows.set(a.subarray(row * k, (row + 1) * k));
    oneRow(rows, b, row, m, k, out);
  }
}

let scratch = new Float64Array();

/** Room for rows in float64: a processor then has to widen the other factor's numbers alone. @param {number} count */
function wide(count) {
  if (scratch.length < count) scratch = new Float64Array(count);
  return scratch;
}

/** Four rows by four columns. @param {Float64Array} a the four @param {Float32Array} b @param {number} row @param {number} column @param {number} m @param {number} k @param {Float32Array} out */
function block(a, b, row, column, m, k, out) {
  const b0 = column * k, b1 = b0 + k, b2 = b1 + k, b3 = b2 + k;
  let s00 = 0, s01 = 0, s02 = 0, s03 = 0, s10 = 0, s11 = 0, s12 = 0, s13 = 0;
  let s20 = 0, s21 = 0, s22 = 0, s23 = 0, s30 = 0, s31 = 0, s32 = 0, s33 = 0;
  for (let i = 0; i < k; i++) {
    const x0 = a[i], x1 = a[k + i], x2 = a[2 * k + i], x3 = a[3 * k + i];
    const y0 = b[b0 + i], y1 = b[b1 + i], y2 = b[b2 + i], y3 = b[b3 + i];
    s00 += x0 * y0; s01 += x0 * y1; s02 += x0 * y2; s03 += x0 * y3;
    s10 += x1 * y0; s11 += x1 * y1; s12 += x1 * y2; s13 += x1 * y3;
    s20 += x2 * y0; s21 += x2 * y1; s22 += x2 * y2; s23 += x2 * y3;
    s30 += x3 * y0; s31 += x3 * y1; s32 += x3 * y2; s33 += x3 * y3;
  }
  const at = row * m + column;
  out[at] = s00; out[at + 1] = s01; out[at + 2] = s02; out[at + 3] = s03;
  out[at + m] = s10; out[at + m + 1] = s11; out[at + m + 2] = s12; out[at + m + 3] = s13;
  out[at + 2 * m] = s20; out[at + 2 * m + 1] = s21; out[at + 2 * m + 2] = s22; out[at + 2 * m + 3] = s23;
  out[at + 3 * m] = s30; out[at + 3 * m + 1] = s31; out[at + 3 * m + 2] = s32; out[at + 3 * m + 3] = s33;
}

/** One row, which is what a drag decodes: four columns at a time. @param {Float64Array} a it alone @param {Float32Array} b @param {number} row @param {number} m @param {number} k @param {Float32Array} out */
function oneRow(a, b, row, m, k, out) {
  const whole = m - (m % 4);
  for (let column = 0; column < whole; column += 4) {
    const b0 = column * k, b1 = b0 + k, b2 = b1 + k, b3 = b2 + k;
    let s0 = 0, s1 = 0, s2 = 0, s3 = 0;
    for (let i = 0; i < k; i++) {
      const x = a[i];
      s0 += x * b[b0 + i];
      s1 += x * b[b1 + i];
      s2 += x * b[b2 + i];
      s3 += x * b[b3 + i];
    }
    const at = row * m + column;
    out[at] = s0; out[at + 1] = s1; out[at + 2] = s2; out[at + 3] = s3;
  }
  for (let column = whole; column < m; column++) out[row * m + column] = dot(a, 0, b, column * k, k);
}

/** @param {Float64Array} a @param {number} i @param {Float32Array} b @param {number} j @param {number} k */
function dot(a, i, b, j, k) {
  let sum = 0;
  for (let end = i + k; i < end; i++, j++) sum += a[i] * b[j];
  return sum;
}

/** @param {Float32Array} a (n, m) @param {number} n @param {number} m @param {Float32Array} [out] @returns {Float32Array} (m, n) */
export function transposed(a, n, m, out = new Float32Array(n * m)) {
  for (let row = 0; row < n; row++) for (let column = 0; column < m; column++) out[column * n + row] = a[row * m + column];
  return out;
}
