import { latentName } from "../shared/format.mjs";
import { Card } from "./cards.mjs";
import { Legend } from "./legend.mjs";

/** @import { CanvasData } from "../shared/types.mjs" */

/** Everything of the component that can be seen, made from the templates in its HTML. */
export class Stage {
  /**
   * @param {HTMLElement} mount @param {CanvasData} data
   * @param {{chosen: (at: number) => void, filtered: () => void}} events
   */
  constructor(mount, data, { chosen, filtered }) {
    this.root = find(mount, ".ls-canvas");
    this.names = data.dims.map(latentName);
    this.note = find(this.root, ".ls-note");
    this.map = this.#map(find(this.root, ".ls-map"));
    this.handles = copies(this.root, ".ls-handle-template", ".ls-handles", data.positions.length);
    this.handles.forEach((handle, at) => labelHandle(handle, at));
    const cards = copies(this.root, ".ls-card-template", ".ls-side", data.positions.length);
    this.problem = document.createElement("p");
    this.problem.className = "ls-problem";
    this.problem.setAttribute("role", "status");
    find(this.root, ".ls-side").append(this.problem);
    cards.forEach((card, at) => labelCard(card, at, this.names));
    this.cards = cards.map((card, at) => new Card(card, at, data, chosen));
    this.legend = new Legend(find(this.root, ".ls-legend"), data.classes, data.look.symbols, filtered);
    this.zoomButtons = [.../** @type {NodeListOf<HTMLElement>} */ (this.root.querySelectorAll("[data-zoom]"))];
    this.root.classList.toggle("ls-compact", data.compact);
    this.root.dataset.mounted = "true";
  }

  /** Fresh elements, so that what an earlier stage still has under way cannot reach them. @param {HTMLElement} box */
  #map(box) {
    const plot = document.createElement("div");
    const points = document.createElement("canvas");
    plot.className = "ls-plot";
    points.className = "ls-points";
    points.setAttribute("aria-hidden", "true");
    box.prepend(plot, points);
    return { box, plot, points };
  }

  get canvases() {
    return this.cards.map((card) => card.canvas);
  }

  /** What the map has to say, "" for nothing. @param {string} sentence */
  say(sentence) {
    if (this.note.textContent !== sentence) this.note.textContent = sentence;
  }

  /** What the images have to say. @param {string} sentence */
  sayOfImages(sentence) {
    this.problem.textContent = sentence;
  }

  /** Take down what this stage has put up, so that another can be built in its place. */
  destroy() {
    for (const card of this.cards) card.destroy();
    this.map.plot.remove();
    this.map.points.remove();
    for (const selector of [".ls-handles", ".ls-side", ".ls-legend"]) find(this.root, selector).replaceChildren();
    for (const hook of ["ready", "usable", "model", "mounted"]) delete this.root.dataset[hook];
    this.say("");
  }
}

/** @param {HTMLElement} handle @param {number} at */
function labelHandle(handle, at) {
  handle.dataset.testid = `handle-${at}`;
  handle.setAttribute("aria-label", `Handle ${at + 1}`);
  find(handle, ".ls-ring").textContent = String(at + 1);
}

/** @param {HTMLElement} card @param {number} at @param {string[]} names */
function labelCard(card, at, names) {
  card.dataset.testid = `card-${at}`;
  find(card, ".ls-decoded").dataset.testid = `decoded-${at}`;
  find(card, ".ls-image").setAttribute("aria-label", `Image of handle ${at + 1}; make this handle the active one`);
  find(card, ".ls-number").textContent = String(at + 1);
  find(card, ".ls-z").textContent = names.join(", ");
}

/**
 * @param {HTMLElement} root @param {string} template @param {string} into @param {number} count
 * @returns {HTMLElement[]}
 */
function copies(root, template, into, count) {
  const { content } = /** @type {HTMLTemplateElement} */ (find(root, template));
  const made = Array.from({ length: count }, () => {
    const copy = /** @type {DocumentFragment} */ (content.cloneNode(true));
    return /** @type {HTMLElement} */ (copy.firstElementChild);
  });
  find(root, into).append(...made);
  return made;
}

/** @param {ParentNode} within @param {string} selector @returns {HTMLElement} */
function find(within, selector) {
  const found = within.querySelector(selector);
  if (!found) throw new Error(`the component's HTML has no ${selector}`);
  return /** @type {HTMLElement} */ (found);
}
