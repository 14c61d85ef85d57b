import { decimal, listed, percent } from "../lib/format.mjs";

/**
 * The class that most of these rows have; among equals the one met first, which is the nearest.
 * @param {ArrayLike<number>} labels @param {readonly number[]} rows
 * @returns {{label: number, share: number, among: number} | null} among: how many rows there were
 */
export function commonest(labels, rows) {
  /** @type {Map<number, number>} */
  const votes = new Map();
  for (const row of rows) votes.set(labels[row], (votes.get(labels[row]) ?? 0) + 1);
  let [winner, most] = [-1, 0];
  for (const [label, count] of votes) if (count > most) [winner, most] = [label, count];
  return most ? { label: winner, share: most / rows.length, among: rows.length } : null;
}

/** @param {readonly number[]} position on the map; of one coordinate on a line */
export const positionText = (position) => listed(position, 2);

/** @param {number} nats */
export const densityText = (nats) => `${decimal(nats, 2)} nats`;

/** @param {string} name @param {number} share */
export const voteText = (name, share) => `${name}, ${percent(share)}`;

/** Among how many the vote was taken. @param {number | undefined} among */
export const neighboursText = (among) => (among ? `${among} neighbour${among === 1 ? "" : "s"}` : "Neighbours");

/** @param {number} ms */
export const timeText = (ms) => `${decimal(ms, 1)} ms`;
