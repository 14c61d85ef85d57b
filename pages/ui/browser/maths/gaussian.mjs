const ROOT_TWO_PI = Math.sqrt(2 * Math.PI);

/** Up to here the series keeps its relative precision, and from here on the continued fraction converges quickly. */
const TAIL = 2;
const FRACTION_TERMS = 120;

/**
 * The standard normal's distribution function, to about 1e-14 of its value in the lower tail, too.
 * Source: Abramowitz & Stegun 26.2.11 (series) and 26.2.14 (continued fraction of the tail).
 * @param {number} x @returns {number} 0 to 1
 */
export function normalCdf(x) {
  if (x > TAIL) return 1 - upperTail(x);
  if (x < -TAIL) return upperTail(-x);
  let sum = x;
  for (let term = x, odd = 3; Math.abs(term) > 1e-17 * Math.abs(sum); odd += 2) {
    term *= (x * x) / odd;
    sum += term;
  }
  return 0.5 + sum * density(x);
}

/** @param {number} x */
const density = (x) => Math.exp(-0.5 * x * x) / ROOT_TWO_PI;

/** @param {number} x at least TAIL */
function upperTail(x) {
  let fraction = x;
  for (let term = FRACTION_TERMS; term > 0; term--) fraction = x + term / fraction;
  return density(x) / fraction;
}

/** Acklam's coefficients, highest power first: about the middle, and in the tail. */
const MIDDLE_ABOVE = [
  -3.969683028665376e1, 2.209460984245205e2, -2.759285104469687e2, 1.38357751867269e2, -3.066479806614716e1,
  2.506628277459239,
];
const MIDDLE_BELOW = [
  -5.447609879822406e1, 1.615858368580409e2, -1.556989798598866e2, 6.680131188771972e1, -1.328068155288572e1, 1,
];
const TAIL_ABOVE = [
  -7.784894002430293e-3, -3.223964580411365e-1, -2.400758277161838, -2.549732539343734, 4.374664141464968,
  2.938163982698783,
];
const TAIL_BELOW = [7.784695709041462e-3, 3.224671290700398e-1, 2.445134137142996, 3.754408661907416, 1];

/** Where the one approximation hands over to the other. */
const TAIL_SHARE = 0.02425;

/**
 * The standard normal's quantile, the inverse of `normalCdf`; far within 1e-9 for p from 1e-12 to 1 − 1e-12.
 * Source: P. J. Acklam, An algorithm for computing the inverse normal cumulative distribution function (2003),
 * a rational approximation to 1.15e-9 of its value, and one step of Newton's method.
 * @param {number} p @returns {number} −Infinity at 0, Infinity at 1, NaN outside
 */
export function normalQuantile(p) {
  if (p > 0.5) return -normalQuantile(1 - p); // the lower tail has the digits; 1 − p is exact here
  if (!(p > 0)) return p === 0 ? -Infinity : NaN;
  const x = approximateQuantile(p);
  return x - (normalCdf(x) - p) / density(x);
}

/** @param {number} p up to one half */
function approximateQuantile(p) {
  if (p < TAIL_SHARE) {
    const q = Math.sqrt(-2 * Math.log(p));
    return polynomial(TAIL_ABOVE, q) / polynomial(TAIL_BELOW, q);
  }
  const q = p - 0.5;
  return (q * polynomial(MIDDLE_ABOVE, q * q)) / polynomial(MIDDLE_BELOW, q * q);
}

/** @param {number[]} coefficients @param {number} x */
const polynomial = (coefficients, x) => coefficients.reduce((sum, coefficient) => sum * x + coefficient, 0);

/** Log density of z under the prior N(0, I), in nats. @param {ArrayLike<number>} z (D,) all of it @returns {number} */
export function priorLogDensity(z) {
  let squares = 0;
  for (let index = 0; index < z.length; index++) squares += z[index] * z[index];
  return -0.5 * squares - z.length * Math.log(ROOT_TWO_PI);
}

/**
 * One standard normal number. Source: Box & Muller 1958; the second of the pair is left.
 * @param {() => number} random uniform, 0 or more and below 1
 * @returns {number}
 */
export function standardNormal(random) {
  const radius = Math.sqrt(-2 * Math.log(1 - random())); // 1 − u is never 0
  return radius * Math.cos(2 * Math.PI * random());
}
