import { standardNormal } from "./gaussian.mjs";

/** Random numbers that are the same for the same seed, so that what follows a drag does not flicker. */

/** Uniform numbers, 0 or more and below 1, 32 bits each (mulberry32). @param {number} seed @returns {() => number} */
export function uniformFrom(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Standard normal numbers. @param {number} seed @param {number} count @returns {Float64Array} */
export function normalsFrom(seed, count) {
  const random = uniformFrom(seed);
  return Float64Array.from({ length: count }, () => standardNormal(random));
}
