/** @import { RunRef, Status } from "../../browser/lib/types.mjs" */

/**
 * What of a run decides which controls the page offers and which sentence it shows. A run that starts has the controls
 * of one that trains: the page is not drawn anew in between.
 * @param {Pick<Status, "state" | "error"> | RunRef} run @returns {string}
 */
export function situationOf({ state, error }) {
  return JSON.stringify([state === "starting" ? "running" : state, error ?? null]);
}
