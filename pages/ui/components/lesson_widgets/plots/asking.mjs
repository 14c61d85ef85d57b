import { isAbort, sentenceOf } from "../../../browser/lib/fetching.mjs";
import { latestWins } from "../../../browser/lib/latest_wins.mjs";

/**
 * Shows states that take a while to compute: of those that wait only the newest, and none twice in a row; a failure in words.
 * @template S
 * @param {(state: S) => string} keyOf equal for states that look the same
 * @param {HTMLElement} problem where a failure is said @param {string} trouble what to say of one without words of its own
 * @param {(state: S) => Promise<void>} show
 * @returns {(state: S) => void}
 */
export function showingNewest(keyOf, problem, trouble, show) {
  let asked = "";
  const request = latestWins(async (/** @type {object} */ _slot, /** @type {S} */ state) => {
    try {
      await show(state);
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
