import { Card } from "./cards.mjs";
import { listen } from "../lib/pointer.mjs";

/** @import { CanvasData, HandleState } from "../lib/contract.mjs" */
/** @import { CardEvents } from "./cards.mjs" */

/** Everything of the component that can be seen, made from the templates in its HTML. */
export class CanvasDom {
  /** @param {HTMLElement} mount @param {CanvasData} data */
  constructor(mount, data) {
    this.root = find(mount, ".ls-canvas");
    this.data = data;
    this.note = find(this.root, ".ls-note");
    this.map = this.#map(find(this.root, ".ls-map"));
    /** @type {Card[]} */
    this.cards = [];
    this.problem = document.createElement("p");
    this.problem.className = "ls-problem";
    this.problem.setAttribute("role", "status");
    this.zoomButtons = [.../** @type {NodeListOf<HTMLElement>} */ (this.root.querySelectorAll("[data-zoom]"))];
    this.addButton = /** @type {HTMLButtonElement} */ (find(this.root, ".ls-add"));
    this.lassoButton = find(this.root, ".ls-lasso");
    this.sheet = find(this.root, ".ls-sheet");
    this.otherDimensions = find(this.root, ".ls-other-dimensions");
    this.film = find(this.root, ".ls-film");
    this.presenter = find(this.root, ".ls-presenter");
    this.presenterButton = find(this.root, '[data-testid="presenter"]');
    this.time = find(this.root, ".ls-time");
    this.tabs = new SideTabs(find(this.root, ".ls-tabs"), find(this.root, ".ls-images"));
    this.root.classList.toggle("ls-compact", data.compact);
    this.root.classList.toggle("ls-line", data.heights !== null);
    this.root.classList.toggle("ls-one-class", data.classes.length < 2);
    this.root.dataset.mounted = "true";
  }

  /** Fresh elements, so that what an earlier canvas still has under way cannot reach them. @param {HTMLElement} box */
  #map(box) {
    const plot = document.createElement("div");
    const points = document.createElement("canvas");
    plot.className = "ls-plot";
    points.className = "ls-points";
    points.setAttribute("aria-hidden", "true");
    box.prepend(plot, points);
    return { box, plot, points };
  }

  /** What a template of our HTML holds, to be put somewhere. @param {string} template @returns {HTMLElement} */
  copy(template) {
    return copyOf(this.root, template);
  }

  /**
   * A canvas over the whole map, always below the handles.
   * @param {string} name @param {"below" | "above"} side with regard to the points
   */
  layer(name, side) {
    const canvas = document.createElement("canvas");
    canvas.className = `ls-layer ls-${name}`;
    canvas.dataset.testid = name;
    canvas.setAttribute("aria-hidden", "true");
    (side === "below" ? this.map.plot : find(this.root, ".ls-handles")).before(canvas);
    return canvas;
  }

  /**
   * A ring on the map and a card for each handle, in place of those before.
   * @param {readonly Pick<HandleState, "name">[]} members @param {CardEvents} events
   * @returns {HTMLElement[]} the rings
   */
  showHandles(members, events) {
    for (const card of this.cards) card.destroy();
    const rings = copies(this.root, ".ls-handle-template", ".ls-handles", members.length);
    rings.forEach((ring, index) => labelRing(ring, index, members[index].name));
    const elements = copies(this.root, ".ls-card-template", ".ls-cards", members.length);
    elements[0].before(this.problem);
    elements.forEach(labelCard);
    this.cards = elements.map((element, index) => new Card(element, index, this.data, members[index].name, events));
    find(this.root, ".ls-cards").toggleAttribute("data-many", members.length > 3);
    return rings;
  }

  /**
   * Say in the hooks how far we have got.
   * @param {boolean} hasMap axes and points @returns {boolean} whether all is there, for the first time
   */
  settle(hasMap) {
    const { dataset } = this.root;
    const isUsable = this.cards.some(({ canvas }) => canvas.dataset.z);
    if (isUsable) dataset.usable = "true";
    if (!isUsable || !hasMap || dataset.ready) return false;
    dataset.ready = "true";
    return true;
  }

  /** @param {number} index @param {string} name */
  rename(index, name) {
    labelRing(find(this.root, `[data-testid="handle-${index}"]`), index, name);
  }

  /** What the map has to say, "" for nothing. @param {string} sentence */
  say(sentence) {
    if (this.note.textContent !== sentence) this.note.textContent = sentence;
  }

  /** What has to be known to read the map, "" for nothing. @param {string} sentence */
  explain(sentence) {
    find(this.root, ".ls-key").textContent = sentence;
  }

  /** What the images have to say. @param {string} sentence */
  sayOfImages(sentence) {
    this.problem.textContent = sentence;
  }

  /** Remove what this canvas has put up, so that another can be built in its place. */
  destroy() {
    for (const card of this.cards) card.destroy();
    this.tabs.destroy();
    this.map.plot.remove();
    for (const part of [".ls-handles", ".ls-cards", ".ls-other-dimensions"]) find(this.root, part).replaceChildren();
    for (const hook of ["ready", "usable", "model", "mounted"]) delete this.root.dataset[hook];
    this.say("");
    this.explain("");
  }
}

/** What a handle is called where it has to be called something. @param {number} index @param {string} name */
export const handleLabel = (index, name) => (name ? `Handle ${index + 1}, ${name}` : `Handle ${index + 1}`);

/** @param {HTMLElement} ring @param {number} index @param {string} name */
function labelRing(ring, index, name) {
  ring.dataset.testid = `handle-${index}`;
  ring.setAttribute("aria-label", handleLabel(index, name));
  find(ring, ".ls-ring").textContent = String(index + 1);
  find(ring, ".ls-tag").textContent = name;
}

/** @param {HTMLElement} card @param {number} index */
function labelCard(card, index) {
  card.dataset.testid = `card-${index}`;
  find(card, ".ls-decoded").dataset.testid = `decoded-${index}`;
  find(card, ".ls-real-image").dataset.testid = `nearest-${index}`;
  find(card, ".ls-image").setAttribute("aria-label", `Image of handle ${index + 1}; make this handle the active one`);
  find(card, ".ls-number").textContent = String(index + 1);
}

/**
 * @param {HTMLElement} root @param {string} template @param {string} into whose content they replace
 * @param {number} count
 * @returns {HTMLElement[]}
 */
function copies(root, template, into, count) {
  const made = Array.from({ length: count }, () => copyOf(root, template));
  find(root, into).replaceChildren(...made);
  return made;
}

/** @param {HTMLElement} root @param {string} template @returns {HTMLElement} */
function copyOf(root, template) {
  const { content } = /** @type {HTMLTemplateElement} */ (find(root, template));
  const copy = /** @type {DocumentFragment} */ (content.cloneNode(true));
  return /** @type {HTMLElement} */ (copy.firstElementChild);
}

/** @param {ParentNode} within @param {string} selector @returns {HTMLElement} */
export function find(within, selector) {
  const found = within.querySelector(selector);
  if (!found) throw new Error(`the component's HTML has no ${selector}`);
  return /** @type {HTMLElement} */ (found);
}

/** Which tab a key leads to from the tab `index`, null where it leads nowhere. @param {string} key @param {number} index @param {number} count */
export function tabFor(key, index, count) {
  if (key === "Home") return 0;
  if (key === "End") return count - 1;
  if (key === "ArrowRight") return (index + 1) % count;
  if (key === "ArrowLeft") return (index + count - 1) % count;
  return null;
}

let panels = 0; // ids are the page's, which may hold more than one canvas

/**
 * @typedef {object} Tab
 * @property {string} title
 * @property {HTMLButtonElement} button
 * @property {HTMLElement} panel
 * @property {() => void} onOpen
 * @property {() => void} onClose
 */

/** The side column's tabs: first the images, of which the active one stays above every other panel. */
class SideTabs {
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
   * @param {() => void} [onOpen] it has been chosen
   * @param {() => void} [onClose] another has been chosen
   * @returns {number} for `choose`
   */
  add(title, panel, onOpen = () => undefined, onClose = () => undefined) {
    const button = document.createElement("button");
    panel.id ||= `ls-panel-${++panels}`;
    panel.dataset.panel = title;
    Object.assign(button, { type: "button", role: "tab", id: `${panel.id}-tab`, textContent: title });
    button.setAttribute("aria-controls", panel.id);
    const index = this.tabs.push({ title, button, panel, onOpen, onClose }) - 1;
    this.stops.push(listen(button, { click: () => this.choose(index) }));
    this.bar.append(button);
    if (panel !== this.images) this.bar.parentElement?.append(panel);
    this.bar.hidden = this.tabs.length < 2;
    if (!this.bar.hidden) this.tabs.forEach(labelPanel);
    this.#show();
    return index;
  }

  /** @param {number} index */
  choose(index) {
    const before = this.chosen;
    this.chosen = index;
    this.#show();
    if (index !== before) this.tabs[before].onClose();
    this.tabs[index].onOpen();
  }

  #show() {
    this.tabs.forEach(({ button, panel }, index) => {
      const isChosen = index === this.chosen;
      button.setAttribute("aria-selected", String(isChosen));
      button.tabIndex = isChosen ? 0 : -1;
      if (panel !== this.images) panel.hidden = !isChosen;
    });
    this.images.toggleAttribute("data-reduced", this.chosen > 0);
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const index = tabFor(event.key, this.chosen, this.tabs.length);
    if (index === null) return;
    event.preventDefault();
    this.choose(index);
    this.tabs[index].button.focus();
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
