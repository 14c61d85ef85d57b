import { swatch } from "./symbols.mjs";

/**
 * The classes with their marks; a click hides or shows one, a double click leaves it alone on the map.
 */
export class Legend {
  /**
   * @param {HTMLElement} element @param {string[]} classes @param {string[]} symbols @param {() => void} changed
   * @param {string} [hidden] what `hidden` has said of another legend
   */
  constructor(element, classes, symbols, changed, hidden = "") {
    this.changed = changed;
    this.shown = this.before = shownBut(hidden, classes.length);
    this.buttons = classes.map((name, at) => this.#button(name, symbols[at % symbols.length], at));
    element.replaceChildren(...this.buttons);
  }

  /** @param {string} name @param {string} symbol @param {number} at */
  #button(name, symbol, at) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "ls-class";
    button.dataset.testid = `legend-${at}`;
    button.title = "Click: hide or show. Double click, or with Shift: this one alone, or all.";
    button.append(swatch(symbol, 14), name);
    button.addEventListener("click", (event) => this.#clicked(at, event));
    button.setAttribute("aria-pressed", String(this.shown[at]));
    return button;
  }

  /** The hidden classes, "3,5", "" for none. */
  get hidden() {
    return hiddenOf(this.shown);
  }

  /** @param {number} label */
  isShown = (label) => this.shown[label] ?? true;

  /** @param {number} at @param {MouseEvent} event */
  #clicked(at, { detail, shiftKey }) {
    const isSecond = detail === 2; // the first of the two has toggled it already
    if (!isSecond) this.before = this.shown;
    if (isSecond || shiftKey) this.#alone(at);
    else this.#toggle(at);
  }

  /** @param {number} at */
  #toggle(at) {
    this.#show(this.shown.map((isShown, each) => (each === at ? !isShown : isShown)));
  }

  /** @param {number} at */
  #alone(at) {
    const wasAlone = this.before.every((isShown, each) => isShown === (each === at));
    this.#show(this.shown.map((_, each) => wasAlone || each === at));
  }

  /** @param {boolean[]} shown */
  #show(shown) {
    this.shown = shown.includes(true) ? shown : shown.map(() => true);
    this.buttons.forEach((button, at) => button.setAttribute("aria-pressed", String(this.shown[at])));
    this.changed();
  }

  /** @param {string[]} colors by class */
  dress(colors) {
    this.buttons.forEach((button, at) => button.style.setProperty("--ls-class", colors[at % colors.length]));
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
