/** Changing a tour's steps: pure, each function gives a new list. */

/** @import { Step } from "./tour.mjs" */

/** One more step behind the one at `at`. @param {readonly Step[]} steps @param {number} at @param {Partial<Step>} scene */
export const withStep = (steps, at, scene) => steps.toSpliced(at + 1, 0, { title: `Step ${steps.length + 1}`, ...scene });

/**
 * The step at `at` with some of its entries changed; an empty sentence is left out.
 * @param {readonly Step[]} steps @param {number} at @param {Partial<Step>} change
 */
export function withChange(steps, at, change) {
  const { say, ...step } = { ...steps[at], ...change };
  return steps.with(at, say ? { ...step, say } : step);
}

/** @param {readonly Step[]} steps @param {number} at */
export const withoutStep = (steps, at) => steps.toSpliced(at, 1);
