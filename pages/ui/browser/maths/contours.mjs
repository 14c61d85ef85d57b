/**
 * Outlines at a level, by marching squares: one piece for each way in which four neighbours can lie around it, its ends
 * where the level lies between two of them. Source: Lorensen & Cline 1987, in two dimensions.
 *
 * @param {ArrayLike<number>} values row by row @param {number} columns @param {number} rows @param {number} level
 * @returns {number[]} from x, from y, to x, to y, … in cells: (0, 0) is the middle of the first
 */
export function contourAt(values, columns, rows, level) {
  /** @type {number[]} */
  const pieces = [];
  for (let row = 0; row + 1 < rows; row++) {
    for (let column = 0; column + 1 < columns; column++) {
      const from = row * columns + column;
      const [a, b, c, d] = [values[from], values[from + 1], values[from + columns + 1], values[from + columns]];
      const inside = Number(a >= level) + 2 * Number(b >= level) + 4 * Number(c >= level) + 8 * Number(d >= level);
      if (inside === 0 || inside === 15) continue;
      const ends = [
        [column + share(a, b, level), row],
        [column + 1, row + share(b, c, level)],
        [column + share(d, c, level), row + 1],
        [column, row + share(a, d, level)],
      ];
      for (const [one, other] of SIDES[inside]) pieces.push(...ends[one], ...ends[other]);
    }
  }
  return pieces;
}

/** By which neighbours are inside (1 the upper left, 2 the upper right, 4 the lower right, 8 the lower left): sides that a piece joins, 0 above, on clockwise. */
const SIDES = /** @type {readonly (readonly [number, number])[][]} */ ([
  [], [[3, 0]], [[0, 1]], [[3, 1]], [[1, 2]], [[3, 0], [1, 2]], [[0, 2]], [[3, 2]],
  [[2, 3]], [[2, 0]], [[0, 1], [2, 3]], [[2, 1]], [[1, 3]], [[1, 0]], [[0, 3]], [],
]);

/** Where between two values a level lies, 0 to 1. @param {number} one @param {number} other @param {number} level */
const share = (one, other, level) => (one === other ? 0.5 : Math.min(1, Math.max(0, (level - one) / (other - one))));
