import { isAbort, sentenceOf } from "../../../browser/lib/fetching.mjs";
import { newestPerSlot } from "../../../browser/lib/latest_wins.mjs";

/**
 * Shows states that take a while: only the newest of those that wait, and none twice in a row; trouble is told in words.
 * @template S
 * @param {(state: S) => string} keyOf what tells one state from another
 * @param {HTMLElement} problem where trouble is told @param {string} trouble what to say of it if it has no words itself
 * @param {(wish: S) => Promise<void>} show
 * @returns {(state: S) => void}
 */
export function showingNewest(keyOf, problem, trouble, show) {
  let asked = "";
  const request = newestPerSlot(async (/** @type {object} */ _slot, /** @type {S} */ wish) => {
    try {
      await show(wish);
      problem.textContent = "";
    } catch (error) {
      if (!isAbort(error)) problem.textContent = sentenceOf(error, trouble);
    }
  });
  return (state) => {
    if (asked === keyOf(state)) return;
    asked = keyOf(state);
    request(problem, { ...state });
  };
}
