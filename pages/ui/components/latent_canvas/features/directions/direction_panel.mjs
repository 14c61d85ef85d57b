import { decimal } from "../../../../browser/lib/format.mjs";
import { listen } from "../../../../browser/lib/pointer.mjs";

/** @import { Choice } from "./directions.mjs" */

/** In a select: none, and a group that was drawn around; a class is "c" and its number. */
const NONE = "";
const DRAWN = "drawn";

/**
 * @typedef {object} PanelEvents
 * @property {(end: 0 | 1, choice: Choice | null) => void} chosen
 * @property {(share: number, timeStamp: number) => void} moved
 * @property {() => void} released
 * @property {() => void} cleared
 */

/** Where the arrow begins and ends, what there is to say about it, and the slider along it. */
export class DirectionPanel {
  /** @param {HTMLElement} element @param {string[]} classes @param {PanelEvents} events */
  constructor(element, classes, events) {
    this.element = element;
    this.text = part(element, ".ls-arrow-text");
    this.hint = this.text.textContent ?? "";
    this.slider = /** @type {HTMLInputElement} */ (part(element, ".ls-along input"));
    this.whose = part(element, ".ls-along-whose");
    this.value = part(element, ".ls-along-value");
    this.clear = /** @type {HTMLButtonElement} */ (part(element, ".ls-clear"));
    this.ends = [0, 1].map((end) => /** @type {HTMLSelectElement} */ (part(element, `[data-end="${end}"]`)));
    this.ends.forEach((select) => select.replaceChildren(new Option("–", NONE), ...classes.map(classOption)));
    this.stops = [
      ...this.ends.map((select, end) => listen(select, { change: () => events.chosen(end ? 1 : 0, choiceOf(select.value)) })),
      listen(this.slider, {
        input: (/** @type {Event} */ event) => events.moved(Number(this.slider.value), event.timeStamp),
        change: () => events.released(),
      }),
      listen(this.clear, { click: () => events.cleared() }),
    ];
  }

  /** @param {readonly (Choice | null)[]} choices @param {string} text about the arrow, "" for what can be done @param {boolean} isWhole */
  show(choices, text, isWhole) {
    choices.forEach((choice, end) => this.#choose(this.ends[end], choice, end));
    if (this.text.textContent !== (text || this.hint)) this.text.textContent = text || this.hint;
    this.slider.disabled = !isWhole;
    this.clear.disabled = !choices.some(Boolean);
  }

  /** @param {HTMLSelectElement} select @param {Choice | null} choice @param {number} end */
  #choose(select, choice, end) {
    const drawn = [...select.options].find(({ value }) => value === DRAWN);
    if (choice?.kind === "drawn" && !drawn) select.append(new Option(groupName(end), DRAWN));
    if (choice?.kind !== "drawn") drawn?.remove();
    select.value = !choice ? NONE : choice.kind === "class" ? `c${choice.label}` : DRAWN;
  }

  /** @param {string} handle @param {number} share of the arrow that it has been moved along */
  showShare(handle, share) {
    const text = decimal(share, 2);
    this.whose.textContent = `Move ${handle}`;
    if (Number(this.slider.value) !== share) this.slider.value = String(share);
    this.value.textContent = text;
    this.slider.setAttribute("aria-valuetext", `${text} of the arrow`);
  }

  destroy() {
    for (const stop of this.stops) stop();
  }
}

/** What a group that was drawn around is called. @param {number} end */
export const groupName = (end) => `group ${"AB"[end]}`;

/** @param {string} name @param {number} label */
const classOption = (name, label) => new Option(name, `c${label}`);

/** @param {string} value @returns {Choice | null} */
const choiceOf = (value) => (value.startsWith("c") ? { kind: "class", label: Number(value.slice(1)) } : null);

/** @param {HTMLElement} box @param {string} selector */
const part = (box, selector) => /** @type {HTMLElement} */ (box.querySelector(selector));
