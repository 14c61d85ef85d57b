import { conv, convTranspose } from "./convolutions.mjs";
import { timesTransposed, transposed } from "./products.mjs";

/**
 * @typedef {{dims: number[], data: Float32Array | Int32Array}} Tensor row by row; whole numbers and truths as int32
 * @typedef {Record<string, number | number[]>} Attributes
 * @typedef {(inputs: Tensor[], attributes: Attributes) => Tensor | Tensor[]} Operator
 */

/** @param {number[]} dims */
export const sizeOf = (dims) => dims.reduce((product, length) => product * length, 1);

/** @param {number[]} dims @param {ArrayLike<number>} values @returns {Tensor} */
const floatsOf = (dims, values) => ({ dims, data: Float32Array.from(values) });

/** @param {(x: number) => number} of @returns {Operator} */
const each = (of) => ([{ dims, data }]) => {
  const made = new Float32Array(data.length);
  for (let at = 0; at < data.length; at++) made[at] = of(data[at]);
  return { dims, data: made };
};

/** Dimensions that two shapes spread to. @param {number[]} one @param {number[]} other */
function spreadDims(one, other) {
  const rank = Math.max(one.length, other.length);
  return Array.from({ length: rank }, (_, axis) => {
    const [a, b] = [one[axis - rank + one.length] ?? 1, other[axis - rank + other.length] ?? 1];
    return a === 1 ? b : a;
  });
}

/** Which number of a tensor stands at each place of a larger shape. @param {Tensor} tensor @param {number[]} dims @returns {ArrayLike<number>} */
function spread({ dims: own, data }, dims) {
  const size = sizeOf(dims);
  if (data.length === size) return data;
  const made = new Float32Array(size);
  const padded = [...dims.slice(own.length).fill(1), ...own];
  let [steps, step] = [/** @type {number[]} */ ([]), 1];
  for (let axis = dims.length - 1; axis >= 0; axis--) {
    steps.unshift(padded[axis] === 1 ? 0 : step);
    step *= padded[axis];
  }
  for (let at = 0; at < size; at++) {
    let [rest, from] = [at, 0];
    for (let axis = dims.length - 1; axis >= 0; axis--) {
      from += (rest % dims[axis]) * steps[axis];
      rest = Math.floor(rest / dims[axis]);
    }
    made[at] = data[from];
  }
  return made;
}

/** @param {(a: number, b: number) => number} of @returns {Operator} */
const both = (of) => ([one, other]) => {
  const dims = spreadDims(one.dims, other.dims);
  const [a, b] = [spread(one, dims), spread(other, dims)];
  const data = new Float32Array(sizeOf(dims));
  for (let at = 0; at < data.length; at++) data[at] = of(a[at], b[at]);
  return { dims, data };
};

/** @param {(a: number, b: number) => number} of two of as many as there are @returns {Operator} */
const folded = (of) => (inputs) => inputs.reduce((one, other) => /** @type {Tensor} */ (both(of)([one, other], {})));

/** @type {Operator} axes in another order, or the other way round */
function turned([{ dims, data }], { perm = dims.map((_, axis) => dims.length - 1 - axis) }) {
  const order = /** @type {number[]} */ (perm);
  const made = { dims: order.map((axis) => dims[axis]), data: new Float32Array(data.length) };
  const steps = order.map((axis) => sizeOf(dims.slice(axis + 1)));
  for (let at = 0; at < data.length; at++) {
    let [rest, from] = [at, 0];
    for (let axis = order.length - 1; axis >= 0; axis--) {
      from += (rest % made.dims[axis]) * steps[axis];
      rest = Math.floor(rest / made.dims[axis]);
    }
    made.data[at] = data[from];
  }
  return made;
}

/** @type {Operator} x (N, K), weight (M, K) or turned, bias (M,) */
function gemm([x, weight, bias], { transB = 0 }) {
  const [count, inputs] = x.dims;
  const outputs = weight.dims[transB ? 0 : 1];
  const rows = transB ? weight.data : transposed(/** @type {Float32Array} */ (weight.data), inputs, outputs);
  const data = new Float32Array(count * outputs);
  timesTransposed(/** @type {Float32Array} */ (x.data), /** @type {Float32Array} */ (rows), count, outputs, inputs, data);
  if (bias) for (let at = 0; at < data.length; at++) data[at] += bias.data[at % outputs];
  return { dims: [count, outputs], data };
}

/** @type {Operator} one number stands for what is left */
function reshape([x, shape]) {
  const dims = Array.from(shape.data, (length, axis) => (length === 0 ? x.dims[axis] : length));
  const left = dims.indexOf(-1);
  if (left >= 0) dims[left] = x.data.length / -sizeOf(dims);
  return { dims, data: x.data };
}

/** @type {Operator} along the last axis */
function split([x, sizes]) {
  const [count, width] = [x.dims[0], x.dims[1]];
  let start = 0;
  return Array.from(sizes.data, (size) => {
    const made = new Float32Array(count * size);
    for (let row = 0; row < count; row++) made.set(x.data.subarray(row * width + start, row * width + start + size), row * size);
    start += size;
    return { dims: [count, size], data: made };
  });
}

/** @type {Operator} of matrices along the second axis; of lists along the first */
function concat(inputs) {
  if (inputs[0].dims.length < 2) {
    const data = inputs.flatMap((one) => Array.from(one.data));
    return { dims: [data.length], data: Int32Array.from(data) };
  }
  const count = inputs[0].dims[0];
  const width = inputs.reduce((sum, { dims }) => sum + dims[1], 0);
  const data = new Float32Array(count * width);
  let start = 0;
  for (const { dims, data: values } of inputs) {
    for (let row = 0; row < count; row++) data.set(values.subarray(row * dims[1], (row + 1) * dims[1]), row * width + start);
    start += dims[1];
  }
  return { dims: [count, width], data };
}

/** @type {Operator} axis 0: of a list; axis 1: of each row */
function gather([x, places], { axis = 0 }) {
  if (!axis) return floatsOf(places.dims, Array.from(places.data, (place) => x.data[place]));
  const [count, width] = x.dims;
  const data = new Float32Array(count * places.data.length);
  for (let at = 0; at < data.length; at++) {
    data[at] = x.data[Math.floor(at / places.data.length) * width + places.data[at % places.data.length]];
  }
  return { dims: [count, ...places.dims], data };
}

/** @type {Operator} */
function where([condition, one, other]) {
  const dims = spreadDims(condition.dims, spreadDims(one.dims, other.dims));
  const [holds, a, b] = [condition, one, other].map((tensor) => spread(tensor, dims));
  return floatsOf(dims, Array.from(holds, (is, at) => (is ? a[at] : b[at])));
}

/** @type {Operator} over the last axis */
function sumLast([x]) {
  const width = x.dims[x.dims.length - 1];
  const data = new Float32Array(x.data.length / width);
  x.data.forEach((value, at) => (data[Math.floor(at / width)] += value));
  return { dims: x.dims.slice(0, -1), data };
}

/** @param {number} x to the nearest whole number, halves to the even one */
const round = (x) => (Math.abs(x % 1) === 0.5 ? 2 * Math.round(x / 2) : Math.round(x));

/** The operators of ONNX that our graphs are made of, by name. @type {Record<string, Operator>} */
export const OPERATORS = {
  Abs: each(Math.abs),
  Add: both((a, b) => a + b),
  Cast: ([{ dims, data }]) => ({ dims, data: Int32Array.from(data) }),
  Ceil: each(Math.ceil),
  Clip: ([x, low, high]) => each((value) => Math.min(Math.max(value, low.data[0]), high.data[0]))([x], {}),
  Concat: concat,
  Conv: /** @type {Operator} */ (conv),
  ConvTranspose: /** @type {Operator} */ (convTranspose),
  Cos: each(Math.cos),
  Div: both((a, b) => a / b),
  Elu: ([x], { alpha = 1 }) => each((value) => (value > 0 ? value : Number(alpha) * Math.expm1(value)))([x], {}),
  Exp: each(Math.exp),
  Expand: ([x, shape]) => {
    const dims = spreadDims(x.dims, Array.from(shape.data));
    return floatsOf(dims, spread(x, dims));
  },
  Flatten: ([{ dims, data }]) => ({ dims: [dims[0], sizeOf(dims.slice(1))], data }),
  Floor: each(Math.floor),
  Gather: gather,
  Gemm: gemm,
  Identity: ([x]) => x,
  LeakyRelu: ([x], { alpha = 0.01 }) => each((value) => (value > 0 ? value : Number(alpha) * value))([x], {}),
  Less: both((a, b) => Number(a < b)),
  Log: each(Math.log),
  MatMul: ([x, weight]) => gemm([x, weight], {}),
  Max: folded(Math.max),
  Min: folded(Math.min),
  Mul: both((a, b) => a * b),
  Neg: each((x) => -x),
  Pow: both((a, b) => a ** b),
  Reciprocal: each((x) => 1 / x),
  ReduceSum: sumLast,
  Relu: each((x) => (x > 0 ? x : 0)),
  Reshape: reshape,
  Round: each(round),
  Shape: ([{ dims }]) => ({ dims: [dims.length], data: Int32Array.from(dims) }),
  Sigmoid: each((x) => 1 / (1 + Math.exp(-x))),
  Sign: each(Math.sign),
  Sin: each(Math.sin),
  Softplus: each((x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)))),
  Softsign: each((x) => x / (1 + Math.abs(x))),
  Split: split,
  Sqrt: each(Math.sqrt),
  Sub: both((a, b) => a - b),
  Tanh: each(Math.tanh),
  Transpose: turned,
  Where: where,
};
