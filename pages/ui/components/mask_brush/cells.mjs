/** @typedef {{row: number, column: number}} Place in cells from the upper left corner, not rounded */

/** What is hidden of an image, cell by cell. */
export class Cells {
  /** @param {number} rows @param {number} columns */
  constructor(rows, columns) {
    this.rows = rows;
    this.columns = columns;
    /** Row by row, 1 where it is hidden. */
    this.isHidden = new Uint8Array(rows * columns);
  }

  /** Hide, or show again, all cells whose middle is within a radius of the way between two places. @param {Place} from @param {Place} to @param {number} radius in cells @param {boolean} hides */
  stroke(from, to, radius, hides) {
    const along = { row: to.row - from.row, column: to.column - from.column };
    const length = along.row ** 2 + along.column ** 2 || 1;
    this.isHidden.forEach((_, index) => {
      const place = { row: Math.floor(index / this.columns) + 0.5, column: (index % this.columns) + 0.5 };
      const way = { row: place.row - from.row, column: place.column - from.column };
      const share = Math.min(1, Math.max(0, (way.row * along.row + way.column * along.column) / length));
      const away = Math.hypot(way.row - share * along.row, way.column - share * along.column);
      if (away <= radius) this.isHidden[index] = Number(hides);
    });
  }

  clear() {
    this.isHidden.fill(0);
  }

  get share() {
    return this.isHidden.reduce((sum, each) => sum + each, 0) / this.isHidden.length;
  }

  /** Bits in hexadecimal, as `vae_core.apply.repair.damage.mask_text` has them; "" where nothing is hidden. */
  get text() {
    if (!this.isHidden.includes(1)) return "";
    let text = "";
    for (let start = 0; start < this.isHidden.length; start += 8) {
      let byte = 0;
      for (let bit = 0; bit < 8; bit++) byte = 2 * byte + (this.isHidden[start + bit] ?? 0);
      text += byte.toString(16).padStart(2, "0");
    }
    return text;
  }

  /** @param {string} text of as many cells, or "" */
  set text(text) {
    this.isHidden.forEach((_, index) => {
      const byte = parseInt(text.slice(2 * (index >> 3), 2 * (index >> 3) + 2) || "0", 16);
      this.isHidden[index] = (byte >> (7 - (index % 8))) & 1;
    });
  }
}
