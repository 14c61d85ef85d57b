import { duration, grouped } from "../../browser/lib/format.mjs";
import { isFinal } from "../../browser/lib/polling.mjs";

/** @import { RunState } from "../../browser/lib/contract.mjs" */
/** @import { Status } from "../../browser/lib/types.mjs" */

/** @type {Record<RunState, string>} */
const WORDS = {
  queued: "Waiting",
  starting: "Starting",
  running: "Training",
  paused: "Paused",
  finished: "Finished",
  stopped: "Stopped",
  failed: "Failed",
};

/**
 * What the head of the curves says about a run.
 * @param {Status} status
 */
export function headline(status) {
  const { state, step, total_steps: total, epoch, epochs, images_per_s: speed, eta_s: left } = status;
  const isRunning = state === "running";
  return {
    state: stateText(status),
    left: isRunning && left !== null && left !== undefined ? `${duration(left)} left` : "",
    step: total ? `Epoch ${grouped(epoch)} of ${grouped(epochs)}, step ${grouped(step)} of ${grouped(total)}` : "",
    speed: (isRunning || isFinal(state)) && speed ? `${grouped(speed)} images/s` : "",
    share: total ? Math.min(1, step / total) : 0,
  };
}

/** @param {Status} status */
function stateText({ state, place, steps_per_s: pace }) {
  if (state === "queued" && place) return `${WORDS.queued}, number ${place} in line`;
  if (state === "running" && pace) return `Slow motion, ${Number(pace.toPrecision(3))} steps/s`;
  return WORDS[state];
}

/** The lines and the bar above the curves. */
export class Header {
  /** @param {HTMLElement} root */
  constructor(root) {
    /** @param {string} name */
    const part = (name) => /** @type {HTMLElement} */ (root.querySelector(`.ls-${name}`));
    this.texts = { state: part("state"), left: part("left"), step: part("step"), speed: part("speed") };
    this.progress = part("progress");
    this.bar = part("bar");
  }

  /** @param {Status} status */
  show(status) {
    const { share, ...texts } = headline(status);
    for (const [name, element] of Object.entries(this.texts)) {
      const text = texts[/** @type {keyof typeof texts} */ (name)] || "\u00a0";
      if (element.textContent !== text) element.textContent = text;
    }
    this.bar.style.setProperty("--ls-share", String(share));
    this.progress.setAttribute("aria-valuenow", String(Math.round(100 * share)));
  }
}
