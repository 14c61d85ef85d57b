import { listen } from "../lib/pointer.mjs";

/** Which tab a key leads to from the tab `at`, null where it leads nowhere. @param {string} key @param {number} at @param {number} count */
export function tabFor(key, at, count) {
  if (key === "Home") return 0;
  if (key === "End") return count - 1;
  if (key === "ArrowRight") return (at + 1) % count;
  if (key === "ArrowLeft") return (at + count - 1) % count;
  return null;
}

let panels = 0; // ids are the page's, which may hold more than one canvas

/**
 * @typedef {object} Tab
 * @property {string} title
 * @property {HTMLButtonElement} button
 * @property {HTMLElement} panel
 * @property {() => void} opened
 * @property {() => void} closed
 */

/** The side column's tabs: first the images, of which the active one stays above every other panel. */
export class SideTabs {
  /** @param {HTMLElement} bar @param {HTMLElement} images the first panel; the others follow it */
  constructor(bar, images) {
    this.bar = bar;
    this.images = images;
    /** @type {Tab[]} */
    this.tabs = [];
    this.chosen = 0;
    this.stops = [listen(bar, { keydown: (/** @type {KeyboardEvent} */ event) => this.#key(event) })];
    this.add("Images", images);
  }

  /**
   * A tab for what a feature has to show and to ask.
   * @param {string} title @param {HTMLElement} panel becomes part of the side column until the canvas is taken down
   * @param {() => void} [opened] it has been chosen
   * @param {() => void} [closed] another has been chosen
   * @returns {number} for `choose`
   */
  add(title, panel, opened = () => undefined, closed = () => undefined) {
    const button = document.createElement("button");
    panel.id ||= `ls-panel-${++panels}`;
    panel.dataset.panel = title;
    Object.assign(button, { type: "button", role: "tab", id: `${panel.id}-tab`, textContent: title });
    button.setAttribute("aria-controls", panel.id);
    const at = this.tabs.push({ title, button, panel, opened, closed }) - 1;
    this.stops.push(listen(button, { click: () => this.choose(at) }));
    this.bar.append(button);
    if (panel !== this.images) this.bar.parentElement?.append(panel);
    this.bar.hidden = this.tabs.length < 2;
    if (!this.bar.hidden) this.tabs.forEach(labelPanel);
    this.#show();
    return at;
  }

  /** @param {number} at */
  choose(at) {
    const before = this.chosen;
    this.chosen = at;
    this.#show();
    if (at !== before) this.tabs[before].closed();
    this.tabs[at].opened();
  }

  #show() {
    this.tabs.forEach(({ button, panel }, at) => {
      const isChosen = at === this.chosen;
      button.setAttribute("aria-selected", String(isChosen));
      button.tabIndex = isChosen ? 0 : -1;
      if (panel !== this.images) panel.hidden = !isChosen;
    });
    this.images.toggleAttribute("data-reduced", this.chosen > 0);
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const at = tabFor(event.key, this.chosen, this.tabs.length);
    if (at === null) return;
    event.preventDefault();
    this.choose(at);
    this.tabs[at].button.focus();
  }

  destroy() {
    for (const stop of this.stops) stop();
    for (const { panel } of this.tabs) if (panel !== this.images) panel.remove();
    for (const name of ["role", "aria-labelledby", "data-reduced"]) this.images.removeAttribute(name);
    this.bar.replaceChildren();
    this.bar.hidden = true;
  }
}

/** @param {Tab} tab */
function labelPanel({ panel, button }) {
  panel.setAttribute("role", "tabpanel");
  panel.setAttribute("aria-labelledby", button.id);
}
