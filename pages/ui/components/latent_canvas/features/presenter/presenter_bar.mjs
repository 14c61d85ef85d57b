import { listen } from "../../../../browser/lib/pointer.mjs";

/** @import { Step } from "./tour.mjs" */

/** @typedef {Action | "edit" | "add" | "take" | "remove" | "open" | "save"} Command */

/**
 * @typedef {object} BarEvents
 * @property {(command: Command) => void} onAction
 * @property {(file: File) => void} onFile a file that was chosen
 * @property {(part: "title" | "say", text: string) => void} onWrite
 */

/** What the audience reads, the buttons to go on, and, when asked for, the means to edit the tour. */
export class PresenterBar {
  /** @param {HTMLElement} box @param {BarEvents} events */
  constructor(box, events) {
    this.box = box;
    this.title = part(box, ".ls-caption-title");
    this.text = part(box, ".ls-caption-text");
    this.problem = part(box, ".ls-tour-problem");
    this.count = part(box, ".ls-count");
    this.form = part(box, ".ls-tour-form");
    this.buttons = /** @type {HTMLButtonElement[]} */ ([...box.querySelectorAll("[data-do]")]);
    this.fields = /** @type {HTMLInputElement[]} */ ([...box.querySelectorAll("[data-write]")]);
    this.file = /** @type {HTMLInputElement} */ (part(box, "input[type=file]"));
    this.stops = [
      ...this.buttons.map((button) => listen(button, { click: () => this.#pressed(button, events) })),
      ...this.fields.map((field) =>
        listen(field, { input: () => events.onWrite(/** @type {"title" | "say"} */ (field.dataset.write), field.value) }),
      ),
      listen(this.file, { change: () => this.#chosen(events) }),
    ];
  }

  /** @param {HTMLButtonElement} button @param {BarEvents} events */
  #pressed({ dataset }, events) {
    if (dataset.do === "open") return this.file.click();
    events.onAction(/** @type {Command} */ (dataset.do));
  }

  /** @param {BarEvents} events */
  #chosen(events) {
    const [file] = this.file.files ?? [];
    this.file.value = ""; // the same file may be chosen again once it is mended
    if (file) events.onFile(file);
  }

  /**
   * @param {Step} words @param {{index: number, count: number, isPlaying: boolean}} place index: −1 before the first step
   */
  show(words, { index, count, isPlaying }) {
    const { title, say = "" } = words;
    if (this.title.textContent !== title) this.title.textContent = title;
    if (this.text.textContent !== say) this.text.textContent = say;
    this.box.toggleAttribute("data-empty", !count);
    this.count.textContent = count ? `${index + 1} / ${count}` : "";
    for (const field of this.fields) {
      const text = field.dataset.write === "title" ? title : say;
      if (field.value !== text) field.value = text;
      field.disabled = index < 0;
    }
    this.#enable({ previous: index > 0, next: index < count - 1, play: count > 0, take: index >= 0, remove: index >= 0, save: count > 0 });
    const player = this.buttons.find(({ dataset }) => dataset.do === "play");
    player?.toggleAttribute("data-playing", isPlaying);
    player?.setAttribute("aria-label", isPlaying ? "Pause the tour" : "Play the tour");
    this.fail("");
  }

  /** @param {Partial<Record<Command, boolean>>} able */
  #enable(able) {
    for (const button of this.buttons) button.disabled = able[/** @type {Command} */ (button.dataset.do)] === false;
  }

  /** One sentence on what went wrong, "" for nothing. @param {string} sentence */
  fail(sentence) {
    this.problem.textContent = sentence;
  }

  /** Show or hide what one edits a tour with, or the captions. @param {"edit" | "captions"} what @param {boolean} isOn */
  toggle(what, isOn) {
    if (what === "edit") this.form.hidden = !isOn;
    const button = this.buttons.find(({ dataset }) => dataset.do === what);
    button?.setAttribute("aria-pressed", String(isOn));
  }

  destroy() {
    for (const stop of this.stops) stop();
    this.toggle("edit", false);
    this.fail("");
  }
}

/** @param {HTMLElement} box @param {string} selector */
const part = (box, selector) => /** @type {HTMLElement} */ (box.querySelector(selector));

/** Which key does what in presenter's mode, and which keys belong to what has the focus. */

/** @typedef {"enter" | "leave" | "next" | "previous" | "first" | "last" | "play" | "captions"} Action */

/** @type {Record<string, Action>} a clicker sends the page keys */
const PRESENTING = {
  Escape: "leave",
  p: "leave",
  PageDown: "next",
  PageUp: "previous",
  ArrowRight: "next",
  ArrowLeft: "previous",
  ArrowDown: "next",
  ArrowUp: "previous",
  Home: "first",
  End: "last",
  " ": "play",
  c: "captions",
};

const TEXT_TYPES = /^(text|search|number|email|url|tel|password|date|time)$/;
const OF_SLIDERS = /^(Arrow|Home|End)/;

/** @typedef {Pick<HTMLElement, "tagName"> & {type?: string, isContentEditable?: boolean}} Focused */

/**
 * What a key does, null for a key without a meaning here.
 * @param {Pick<KeyboardEvent, "key" | "altKey" | "ctrlKey" | "metaKey">} event
 * @param {Focused | null} focused
 * @param {{isPresenting: boolean, isByKeyboard: boolean}} mode isByKeyboard: the focus was moved there by a key, and not
 *   by the hand that has dragged or pressed it and now holds a clicker
 * @returns {Action | null}
 */
export function actionOf({ key, altKey, ctrlKey, metaKey }, focused, { isPresenting, isByKeyboard }) {
  if (altKey || ctrlKey || metaKey || isTyping(focused)) return null;
  const name = key.length === 1 ? key.toLowerCase() : key;
  if (!isPresenting) return name === "p" ? "enter" : null;
  if (isByKeyboard && takes(focused, name)) return null;
  return PRESENTING[name] ?? null;
}

/** @param {Focused | null} focused */
export function isTyping(focused) {
  if (!focused) return false;
  const { tagName, type = "text", isContentEditable = false } = focused;
  return isContentEditable || tagName === "TEXTAREA" || (tagName === "INPUT" && TEXT_TYPES.test(type));
}

/** Whether a control has a use of its own for a key. @param {Focused | null} focused @param {string} name of the key */
function takes(focused, name) {
  if (focused?.tagName === "SELECT") return OF_SLIDERS.test(name) || name === " ";
  if (focused?.tagName === "INPUT") return OF_SLIDERS.test(name);
  return name === " " && (focused?.tagName === "BUTTON" || focused?.tagName === "SUMMARY");
}
