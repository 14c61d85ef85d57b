import { sameHandles } from "./positions.mjs";

/** @import { HandleState, HandlesState } from "../../../browser/lib/types.mjs" */

/** Answers older than this many are not waited for. */
const MOST_WAITED_FOR = 50;

/** What Python has been told of the handles, and which of its answers only echo that. */
export class Reporting {
  /** @param {(state: HandlesState) => void} send @param {HandlesState} known what Python knows already */
  constructor(send, { handles, active, show, options }) {
    this.send = send;
    this.last = JSON.stringify({ handles, active, show, options });
    /** @type {HandleState[][]} told and not heard back yet */
    this.told = [];
  }

  /** Tell where the handles are and what is shown, unless that is known. @param {HandlesState} state */
  tell(state) {
    if (JSON.stringify(state) === this.last) return;
    this.last = JSON.stringify(state);
    this.told = [...this.told, state.handles].slice(-MOST_WAITED_FOR);
    this.send(state);
  }

  /**
   * Whether handles that come from Python are an echo of what we told it (perhaps not the latest: one may have moved on
   * since), and not a wish of the page's own, such as a reset.
   * @param {HandleState[]} handles
   */
  isEcho(handles) {
    const echo = this.told.findIndex((told) => sameHandles(told, handles));
    this.told.splice(0, echo + 1);
    return echo >= 0;
  }
}
