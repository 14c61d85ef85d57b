import { LONGEST_NAME } from "../lib/contract.mjs";
import { neighboursText, timeText } from "./facts.mjs";
import { painter } from "../media/painter.mjs";
import { listen } from "../lib/pointer.mjs";
import { outline, swatch } from "../legend/symbols.mjs";

/** @import { CanvasData } from "../lib/contract.mjs" */

/**
 * @typedef {object} CardFacts texts to show; those absent stay as they are
 * @property {string} [z]
 * @property {string} [density]
 * @property {{label: number, text: string, among: number} | null} [vote]
 * @property {number} [decodeMs]
 */

const SWATCH = 14;

/**
 * @typedef {object} CardEvents
 * @property {(index: number) => void} onChoose
 * @property {(index: number, name: string) => void} onRename
 * @property {(index: number) => void} onRemove
 */

/** One handle's image with what is known about its place. */
export class Card {
  /**
   * @param {HTMLElement} element @param {number} index @param {CanvasData} data @param {string} name
   * @param {CardEvents} events
   */
  constructor(element, index, data, name, { onChoose, onRename, onRemove }) {
    this.element = element;
    this.symbols = data.look.symbols;
    this.canvas = /** @type {HTMLCanvasElement} */ (element.querySelector(".ls-decoded"));
    this.canvas.setAttribute("aria-label", `Image decoded at handle ${index + 1}`);
    this.real = new RealExample(element, data);
    /** @type {Record<string, HTMLElement>} */
    this.facts = {};
    for (const fact of element.querySelectorAll("[data-fact]")) {
      const value = /** @type {HTMLElement} */ (fact);
      this.facts[value.dataset.fact ?? ""] = value;
    }
    this.mark = swatch("circle", SWATCH);
    this.voters = /** @type {HTMLElement} */ (element.querySelector(".ls-vote dt"));
    this.voteText = document.createElement("span");
    this.facts.vote.append(this.mark, this.voteText);
    this.title = /** @type {HTMLInputElement} */ (element.querySelector(".ls-name"));
    this.title.maxLength = LONGEST_NAME;
    this.title.value = name;
    this.title.setAttribute("aria-label", `Name of handle ${index + 1}`);
    const remove = /** @type {HTMLElement} */ (element.querySelector(".ls-remove"));
    remove.setAttribute("aria-label", `Remove handle ${index + 1}`);
    this.stops = [
      listen(element, { click: () => onChoose(index) }),
      listen(this.title, { change: () => onRename(index, this.title.value.trim()) }),
      listen(remove, { click: (/** @type {Event} */ event) => (event.stopPropagation(), onRemove(index)) }),
    ];
  }

  /** @param {boolean} isActive */
  activate(isActive) {
    this.element.classList.toggle("ls-active", isActive);
    this.element.querySelector(".ls-image")?.setAttribute("aria-pressed", String(isActive));
  }

  /** The axes' names, before the handle's coordinates. @param {string[]} names */
  nameAxes(names) {
    const term = this.element.querySelector(".ls-z");
    if (term) term.textContent = names.join(", ");
  }

  /** @param {CardFacts} facts @param {string[]} colors by class */
  show({ z, density, vote, decodeMs }, colors) {
    if (z !== undefined) this.facts.z.textContent = z;
    if (density !== undefined) this.facts.density.textContent = density;
    if (decodeMs !== undefined) this.facts.time.textContent = timeText(decodeMs);
    if (vote === undefined) return;
    this.voters.textContent = neighboursText(vote?.among);
    this.voteText.textContent = vote?.text ?? "–";
    this.mark.style.setProperty("--ls-class", vote ? colors[vote.label % colors.length] : "transparent");
    const symbol = this.symbols[(vote?.label ?? 0) % this.symbols.length];
    this.mark.firstElementChild?.setAttribute("d", outline(symbol, SWATCH * 0.34));
  }

  destroy() {
    for (const stop of this.stops) stop();
  }
}

/** The nearest real image, beside the generated one and never framed like it. */
class RealExample {
  /** @param {HTMLElement} card @param {CanvasData} data */
  constructor(card, data) {
    this.figure = /** @type {HTMLElement} */ (card.querySelector(".ls-real"));
    this.caption = /** @type {HTMLElement} */ (card.querySelector(".ls-real-text"));
    this.paint = painter(/** @type {HTMLCanvasElement} */ (card.querySelector(".ls-real-image")), data.imageShape);
    this.figure.hidden = !data.images || data.compact;
  }

  /** @param {Uint8Array} image bytes, C·H·W @param {string} text */
  show(image, text) {
    this.figure.hidden = false; // the data set may have come after the card
    this.paint(image, 1);
    this.caption.textContent = text;
    this.figure.dataset.shown = "true";
  }

  clear() {
    delete this.figure.dataset.shown;
  }
}
