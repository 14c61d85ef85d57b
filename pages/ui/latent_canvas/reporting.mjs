import { hookText } from "../shared/format.mjs";
import { samePositions } from "./coordinates.mjs";

/** @import { HandlesState, Point } from "../shared/types.mjs" */

/** Answers older than this many are not waited for. */
const MOST_WAITED_FOR = 50;

/** What Python has been told of the handles, and which of its answers only echo that. */
export class Reporting {
  /** @param {(state: HandlesState) => void} send @param {HandlesState} known what Python knows already */
  constructor(send, { positions, active }) {
    this.send = send;
    this.last = JSON.stringify({ positions: positions.map(rounded), active });
    /** @type {Point[][]} told and not heard back yet */
    this.told = [];
  }

  /** Tell where the handles are, unless that is known. @param {Point[]} positions @param {number} active */
  tell(positions, active) {
    const state = { positions: positions.map(rounded), active };
    if (JSON.stringify(state) === this.last) return;
    this.last = JSON.stringify(state);
    this.told = [...this.told, state.positions].slice(-MOST_WAITED_FOR);
    this.send(state);
  }

  /**
   * Whether positions that come from Python are an echo of what we told it (perhaps not the latest: the handle may
   * have moved on since), and not a wish of the page's own, such as a reset.
   * @param {Point[]} positions
   */
  isEcho(positions) {
    const echo = this.told.findIndex((told) => samePositions(told, positions));
    this.told.splice(0, echo + 1);
    return echo >= 0;
  }
}

/** To four decimals, as the hooks have it. @param {Point} z @returns {Point} */
const rounded = (z) => /** @type {Point} */ (hookText(z).split(",").map(Number));
