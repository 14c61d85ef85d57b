import { decimal, latentName } from "../../browser/lib/format.mjs";

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
