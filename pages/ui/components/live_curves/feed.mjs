import { advanced, goesBack } from "./series.mjs";

/** @import { Status } from "../../browser/lib/types.mjs" */
/** @import { Progress, Row } from "./series.mjs" */

/**
 * What the metrics route answers. reset: the offset lay beyond the end of the file, and these are all its rows.
 * @typedef {{rows: Row[], offset: number, status: Status, reset?: boolean}} Answer
 */

/** Where in a run's metrics we are, and whether what has come before still holds: a resumed run is cut back first. */
export class Feed {
  constructor() {
    this.offset = 0;
    this.isNew = true;
    /** @type {Progress} */
    this.progress = {};
  }

  /** The next rows that are taken are the first. */
  restart() {
    Object.assign(this, new Feed());
  }

  /**
   * How an answer goes on: with the first rows, with more of them, or not at all: then the next question is for all.
   * @param {Answer} answer @returns {"first" | "more" | "again"}
   */
  judge({ rows, offset, reset }) {
    const isBroken = !reset && (offset < this.offset || goesBack(this.progress, rows));
    if (reset || isBroken) this.restart();
    if (isBroken) return "again";
    return this.isNew ? "first" : "more";
  }

  /** The answer's rows are drawn. @param {Answer} answer */
  took({ rows, offset }) {
    this.offset = offset;
    this.progress = advanced(this.progress, rows);
    this.isNew = false;
  }
}
