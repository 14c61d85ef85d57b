import { FINAL_STATES } from "./contract.mjs";

/** @import { RunState } from "./contract.mjs" */

/**
 * Ask again and again, one request at a time, until the answer is final.
 *
 * A failed request doubles the pause, up to `slowestMs`; the next good one brings it back.
 *
 * @param {(signal: AbortSignal) => Promise<boolean>} ask resolves to whether to go on
 * @param {{everyMs: number, slowestMs?: number, wait?: (ms: number, signal: AbortSignal) => Promise<void>}} options
 * @returns {() => void} stops asking and calls off the request under way
 */
export function poll(ask, { everyMs, slowestMs = 5000, wait = pause }) {
  const stopping = new AbortController();
  void (async () => {
    let pauseMs = everyMs;
    while (!stopping.signal.aborted) {
      try {
        if (!(await ask(stopping.signal))) return;
        pauseMs = everyMs;
      } catch {
        pauseMs = Math.min(2 * pauseMs, slowestMs);
      }
      await wait(pauseMs, stopping.signal);
    }
  })();
  return () => stopping.abort();
}

/** Waits; less long if called off. @param {number} ms @param {AbortSignal} signal @returns {Promise<void>} */
export function pause(ms, signal) {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => (clearTimeout(timer), resolve()), { once: true });
  });
}

/** Whether a run in this state will never change again. @param {RunState} state */
export const isFinal = (state) => /** @type {readonly RunState[]} */ (FINAL_STATES).includes(state);
