import { channels } from "../../browser/lib/theme.mjs";
import { decimal, latentName } from "../../browser/lib/format.mjs";

/** @import { MetricsRow } from "../../browser/lib/contract.mjs" */

/** More dimensions than this do not all get a label. */
const LABELLED = 24;

/** The least that the highest bar stands for: where all have collapsed, all stand empty. */
export const FULL_NATS = 0.1;

/** One small bar for each latent dimension. */
export class Bars {
  /** @param {HTMLElement} figure @param {number} count */
  constructor(figure, count) {
    this.note = /** @type {HTMLElement} */ (figure.querySelector(".ls-kl-note"));
    const box = /** @type {HTMLElement} */ (figure.querySelector(".ls-kl-bars"));
    this.bars = Array.from({ length: count }, (_, dimension) => bar(dimension));
    box.classList.toggle("ls-many", count > LABELLED);
    box.replaceChildren(...this.bars);
  }

  /** @param {number[]} nats */
  show(nats) {
    const highest = Math.max(...nats, FULL_NATS);
    this.bars.forEach((element, dimension) => {
      const value = nats[dimension] ?? 0;
      element.style.setProperty("--ls-share", String(Math.max(0, value) / highest));
      element.title = `${latentName(dimension)}: ${decimal(value, 2)} nats`;
    });
    this.note.textContent = `highest ${decimal(Math.max(...nats, 0), 2)} nats`;
  }

  /** @param {string} color */
  dress(color) {
    for (const element of this.bars) element.style.setProperty("--ls-kl", color);
  }
}

/** @param {number} dimension */
function bar(dimension) {
  const element = document.createElement("div");
  const label = document.createElement("span");
  element.className = "ls-kl-bar";
  label.textContent = String(dimension + 1);
  element.append(document.createElement("i"), label);
  return element;
}

/** More columns than this a strip of a phone's or a column's width cannot show. */
export const MOST_COLUMNS = 240;
/** How high a dimension's line is, and all of them together at most. */
const ROW_PX = 12;
const MOST_PX = 72;

/** @typedef {{step: number, nats: number[]}} Column */

/** The KL of each dimension at the held-out rows among these. @param {MetricsRow[]} rows @returns {Column[]} */
export function columnsOf(rows) {
  return rows.flatMap(({ step, kl_per_dim_nats: nats }) => (nats ? [{ step, nats }] : []));
}

/** Every second column while there are too many; the first and the newest stay. @param {Column[]} columns */
export function thinnedColumns(columns, most = MOST_COLUMNS) {
  while (columns.length > most) {
    const last = columns.length - 1;
    columns = columns.filter((_, index) => index % 2 === 0 || index === last);
  }
  return columns;
}

/**
 * How dark each cell is, 0 to 1, dimension by dimension: its KL's share of the highest of all, as a square root, so
 * that a little can be seen beside nothing.
 * @param {Column[]} columns @returns {number[][]} a row for each dimension
 */
export function shades(columns) {
  const highest = columns.reduce((most, { nats }) => nats.reduce((a, b) => Math.max(a, b), most), FULL_NATS);
  const dims = columns[0]?.nats.length ?? 0;
  return Array.from({ length: dims }, (_, dimension) =>
    columns.map(({ nats }) => Math.sqrt(Math.max(0, nats[dimension] ?? 0) / highest)),
  );
}

/** How high the strip is on the page. @param {number} dims */
export const heightOf = (dims) => Math.min(MOST_PX, ROW_PX * dims);

/** KL per dimension over the steps: a line of cells for each dimension, a column for each held-out row. */
export class Strip {
  /** @param {HTMLElement} root @param {number} dims */
  constructor(root, dims) {
    this.canvas = /** @type {HTMLCanvasElement} */ (root.querySelector(".ls-kl-strip"));
    this.canvas.style.height = `${heightOf(dims)}px`;
    /** @type {Column[]} */
    this.columns = [];
    this.color = "#7C3AED";
    this.canvas.addEventListener("contextrestored", () => this.#draw());
    this.#draw();
  }

  /** @param {MetricsRow[]} rows new ones, or all @param {boolean} isFirst whether they are all there are */
  add(rows, isFirst) {
    const added = columnsOf(rows);
    if (!added.length && !isFirst) return;
    this.columns = thinnedColumns([...(isFirst ? [] : this.columns), ...added]);
    this.#draw();
  }

  /** @param {string} color */
  dress(color) {
    this.color = color;
    this.#draw();
  }

  #draw() {
    const rows = shades(this.columns);
    this.canvas.width = Math.max(1, this.columns.length); // one pixel a cell: the browser stretches them
    this.canvas.height = Math.max(1, rows.length);
    const context = this.canvas.getContext("2d");
    if (!context) return;
    const image = context.createImageData(this.canvas.width, this.canvas.height);
    const [red, green, blue] = channels(this.color) ?? [128, 128, 128];
    rows.flat().forEach((shade, index) => image.data.set([red, green, blue, Math.round(255 * shade)], 4 * index));
    context.putImageData(image, 0, 0);
    const last = this.columns.at(-1);
    this.canvas.dataset.columns = String(this.columns.length);
    this.canvas.setAttribute("aria-label", last ? `KL of each dimension, from step 0 to ${last.step}` : "No KL yet");
  }
}
