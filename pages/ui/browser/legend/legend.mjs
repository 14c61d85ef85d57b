import { swatch } from "./symbols.mjs";

/**
 * The classes with their marks; a click hides or shows one, a double click leaves it alone on the map.
 */
export class Legend {
  /**
   * @param {HTMLElement} element @param {string[]} classes @param {string[]} symbols @param {() => void} onChange
   * @param {string} [hidden] what `hidden` has said of another legend
   */
  constructor(element, classes, symbols, onChange, hidden = "") {
    this.onChange = onChange;
    this.shown = this.before = shownBut(hidden, classes.length);
    this.buttons = classes.map((name, index) => this.#button(name, symbols[index % symbols.length], index));
    element.replaceChildren(...this.buttons);
  }

  /** @param {string} name @param {string} symbol @param {number} index */
  #button(name, symbol, index) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "ls-class";
    button.dataset.testid = `legend-${index}`;
    button.title = "Click: hide or show. Double click, or with Shift: this one alone, or all.";
    button.append(swatch(symbol, 14), name);
    button.addEventListener("click", (event) => this.#clicked(index, event));
    button.setAttribute("aria-pressed", String(this.shown[index]));
    return button;
  }

  /** The hidden classes, "3,5", "" for none. */
  get hidden() {
    return hiddenOf(this.shown);
  }

  /** @param {number} label */
  isShown = (label) => this.shown[label] ?? true;

  /** @param {number} index @param {MouseEvent} event */
  #clicked(index, { detail, shiftKey }) {
    const isSecond = detail === 2; // the first of the two has toggled it already
    if (!isSecond) this.before = this.shown;
    if (isSecond || shiftKey) this.#alone(index);
    else this.#toggle(index);
  }

  /** @param {number} index */
  #toggle(index) {
    this.#show(this.shown.map((isShown, each) => (each === index ? !isShown : isShown)));
  }

  /** @param {number} index */
  #alone(index) {
    const wasAlone = this.before.every((isShown, each) => isShown === (each === index));
    this.#show(this.shown.map((_, each) => wasAlone || each === index));
  }

  /** @param {boolean[]} shown */
  #show(shown) {
    this.shown = shown.includes(true) ? shown : shown.map(() => true);
    this.buttons.forEach((button, index) => button.setAttribute("aria-pressed", String(this.shown[index])));
    this.onChange();
  }

  /** @param {string[]} colors by class */
  dress(colors) {
    this.buttons.forEach((button, index) => button.style.setProperty("--ls-class", colors[index % colors.length]));
  }
}

/** @param {readonly boolean[]} shown by class @returns {string} the others, "3,5" */
export const hiddenOf = (shown) => shown.flatMap((isShown, label) => (isShown ? [] : [label])).join();

/** Which classes are shown when these are hidden: all, rather than none. @param {string} hidden @param {number} count @returns {boolean[]} */
export function shownBut(hidden, count) {
  const labels = hidden.split(",").filter(Boolean).map(Number);
  const shown = Array.from({ length: count }, (_, label) => !labels.includes(label));
  return shown.includes(true) ? shown : shown.map(() => true);
}
