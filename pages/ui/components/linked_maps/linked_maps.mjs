import { readTheme, sameTheme, shadeFor } from "../../browser/lib/theme.mjs";
import { halfWidthFor } from "../../browser/maths/coordinates.mjs";
import { startingPlane } from "../../browser/model/heights.mjs";
import { listen } from "../../browser/lib/pointer.mjs";
import { find } from "../../browser/map/canvas_dom.mjs";
import { Column } from "./column.mjs";
import { followedRanges, homeHalves, positionOf, SameImage, SameZ } from "./cursors.mjs";
import { Examples } from "./examples.mjs";
import { Originals } from "./originals.mjs";
import { label, wordsIn } from "./words.mjs";
import { Legend } from "../../browser/legend/legend.mjs";
import { onePerElement } from "../../browser/lib/instances.mjs";

/** @import { Component, Point } from "../../browser/lib/types.mjs" */
/** @import { ColumnEvents } from "./column.mjs" */
/** @import { Embedding } from "../../browser/model/embedding.mjs" */
/** @import { LinkedData, LinkedModel } from "../../browser/lib/contract.mjs" */
/** @import { Theme } from "../../browser/lib/theme.mjs" */

/** The classes on the maps: one legend below all where they are the same ones, else one below each map. */
class Legends {
  /** @param {HTMLElement} root @param {HTMLElement[]} columns @param {LinkedModel[]} models @param {() => void} onChange */
  constructor(root, columns, models, onChange) {
    const isOne = models.every(({ listedClasses }) => JSON.stringify(listedClasses) === JSON.stringify(models[0].listedClasses));
    this.classColors = models[0].look.classes;
    this.hosts = isOne ? [find(root, ".lm-legend-of-all")] : columns.map((column) => find(column, ".lm-legend"));
    this.legends = this.hosts.map((host, index) => new Legend(host, models[index].listedClasses, models[index].look.symbols, onChange));
  }

  /** @param {number} index of the model @param {number} label */
  isShown(index, label) {
    return (this.legends[index] ?? this.legends[0]).isShown(label);
  }

  /** @param {Theme} theme */
  dress(theme) {
    for (const legend of this.legends) legend.dress(shadeFor(this.classColors, theme));
  }

  destroy() {
    for (const host of this.hosts) host.replaceChildren();
  }
}

const CLOSER = 0.6;
/** Answers older than this many are not waited for. */
const MOST_WAITED_FOR = 50;
/** @type {Point} */
const ORIGIN = [0, 0];
const SMALLEST = halfWidthFor(0);

/** Several models side by side, and one cursor over all of them; made anew when what they are about changes. */
class LinkedStudio {
  /** @param {Component<LinkedData>} component */
  constructor(component) {
    this.component = component;
    const data = (this.data = component.data);
    this.root = find(component.parentElement, ".lm-linked");
    this.theme = readTheme(this.root);
    this.hasHoles = data.holes;
    /** The map that was used last: the others follow its view. */
    this.leader = 0;
    this.frame = 0;
    this.halves = data.models.map(() => SMALLEST);
    /** @type {string[]} what Python has been sent and has not given back */
    this.sent = [];
    this.cursor = cursorFor(data);
    if (data.cursor) this.cursor.adopt(data.cursor);
    const elements = this.#copies(data.models.length);
    this.#speak();
    this.legends = new Legends(this.root, elements, data.models, () => this.columns.forEach((each) => each.filter()));
    const events = this.#events();
    this.columns = data.models.map((model, index) => {
      const isShown = (/** @type {number} */ label) => this.legends.isShown(index, label);
      return new Column(elements[index], index, model, this.theme, { ...events, isShown });
    });
    this.originals = new Originals(this.root, data, events.word);
    this.examples = new Examples(this.root, data, this.columns, this.originals);
    this.stops = this.#tools();
    this.#shade();
    this.#dress();
    this.#show();
    this.columns.forEach((column) => column.load());
    this.root.dataset.mounted = "true";
  }

  /** In the words of the language. */
  #speak() {
    const { words } = this.data;
    if (words.all) this.root.setAttribute("aria-label", words.all);
    label(this.root, words);
  }

  /** @param {number} count @returns {HTMLElement[]} one for each model, in the page */
  #copies(count) {
    const { content } = /** @type {HTMLTemplateElement} */ (find(this.root, ".lm-model-template"));
    const made = Array.from({ length: count }, () => {
      const copy = /** @type {DocumentFragment} */ (content.cloneNode(true));
      return /** @type {HTMLElement} */ (copy.firstElementChild);
    });
    const box = find(this.root, ".lm-models");
    box.replaceChildren(...made);
    box.style.setProperty("--lm-count", String(count));
    return made;
  }

  /** @returns {Omit<ColumnEvents, "isShown">} */
  #events() {
    return {
      onPoints: (index, embedding) => this.#usePoints(index, embedding),
      word: (name, values) => wordsIn(this.data.words)(name, values),
      needsPosteriors: this.data.mode === "input",
      onDecoder: () => this.#show(),
      onSettled: () => this.#settled(),
      onMove: (index, position, timeStamp) => this.#move(index, position, timeStamp),
      onRelease: () => this.#send(),
      onView: (index) => index === this.leader && this.#follow(),
      onTouch: (index) => (this.leader = index),
      isBusy: () => this.columns.some((column) => column.isDragging),
    };
  }

  /** Python, or Streamlit's theme, has something new to say. @param {Component<LinkedData>} component */
  update(component) {
    const before = this.data;
    this.component = component;
    const data = (this.data = component.data);
    this.#speak();
    this.columns.forEach((column, index) => column.update(data.models[index]));
    const differs = (/** @type {"label" | "title"} */ what) =>
      before.models.some((model, index) => model[what] !== data.models[index][what]);
    if (differs("label") || differs("title")) this.#show();
    if (differs("title")) this.examples.draw();
    const theme = readTheme(this.root);
    if (!sameTheme(theme, this.theme)) {
      this.theme = theme;
      this.#dress();
    }
    if (JSON.stringify(before.cursor) !== JSON.stringify(data.cursor)) this.#adopt(data.cursor);
    if (before.holes !== data.holes && data.holes !== this.hasHoles) {
      this.hasHoles = data.holes;
      this.#shade();
    }
  }

  /** A cursor that the page asks for, unless it is what we have sent, or somebody drags one now. @param {LinkedData["cursor"]} wanted */
  #adopt(wanted) {
    const echo = this.sent.indexOf(JSON.stringify(wanted));
    this.sent.splice(0, echo + 1);
    if (echo >= 0 || !wanted || this.columns.some((column) => column.isDragging)) return;
    this.cursor.adopt(wanted);
    this.#show();
  }

  /** @param {number} index @param {Point} position @param {number} [timeStamp] of the pointer's event; a key has none */
  #move(index, position, timeStamp) {
    this.cursor.move(index, position, timeStamp === undefined);
    this.#show(timeStamp);
  }

  /** The cursor where it is now, on every map. @param {number} [timeStamp] */
  #show(timeStamp) {
    this.columns.forEach((column, index) => {
      const label = this.cursor.label(index);
      column.show(this.cursor.z(index), positionOf(this.cursor, index, column.plane), { label, timeStamp });
    });
    this.originals.show(this.cursor.state.image);
  }

  /** @param {number} index @param {Embedding} embedding */
  #usePoints(index, embedding) {
    this.cursor.know(index, embedding);
    this.originals.know(index, embedding);
    this.#makeRoom();
    this.#show();
    this.#settled();
  }

  /** Every map reaches as far as its points, or all as far as the widest, unless someone has zoomed. */
  #makeRoom() {
    this.halves = homeHalves(this.columns.map(({ half }) => half), this.data.mode === "z");
    this.columns.forEach((column, index) => column.reach(this.halves[index]));
  }

  #settled() {
    if (this.root.dataset.ready || !this.columns.every(({ isReady }) => isReady)) return;
    this.root.dataset.ready = "true";
    this.examples.draw();
    void this.originals.fetch().then(() => this.examples.draw());
  }

  /** The other maps show what the one that is used shows; once a frame, however often asked. */
  #follow() {
    this.frame ||= requestAnimationFrame(() => {
      this.frame = 0;
      const { leader, columns, halves } = this;
      if (!columns[leader].map.wasZoomed) return; // all show the whole of their maps
      const from = { position: columns[leader].position ?? ORIGIN, half: halves[leader] };
      columns.forEach((column, index) => {
        const to = { position: column.position ?? ORIGIN, half: halves[index] };
        if (index !== leader) void column.map.see(followedRanges(columns[leader].map.view, from, to));
      });
    });
  }

  /** The buttons above the maps. @returns {(() => void)[]} */
  #tools() {
    /** @type {Record<string, () => void>} */
    const actions = {
      in: () => void this.columns[this.leader].map.zoom(CLOSER),
      out: () => void this.columns[this.leader].map.zoom(1 / CLOSER),
      fit: () => this.columns.forEach(({ map }) => void map.fit()),
      holes: () => {
        this.hasHoles = !this.hasHoles;
        this.#shade();
        this.#send();
      },
    };
    const buttons = /** @type {NodeListOf<HTMLElement>} */ (this.root.querySelectorAll(".lm-tools [data-do]"));
    return [...buttons].map((button) => listen(button, { click: actions[button.dataset.do ?? "fit"] }));
  }

  #shade() {
    find(this.root, '[data-do="holes"]').setAttribute("aria-pressed", String(this.hasHoles));
    this.columns.forEach((column) => column.shade(this.hasHoles));
  }

  /** Python is sent the cursor where it was released, and whether holes are shaded. */
  #send() {
    const { state } = this.cursor;
    this.sent = [...this.sent, JSON.stringify(state)].slice(-MOST_WAITED_FOR);
    this.component.setStateValue("cursor", { ...state, holes: this.hasHoles });
  }

  #dress() {
    this.legends.dress(this.theme);
    this.columns.forEach((column) => column.dress(this.theme));
  }

  destroy() {
    cancelAnimationFrame(this.frame);
    for (const stop of this.stops) stop();
    this.originals.destroy();
    this.examples.destroy();
    this.columns.forEach((column) => column.destroy());
    this.legends.destroy();
    find(this.root, ".lm-models").replaceChildren();
    for (const hook of ["ready", "mounted"]) delete this.root.dataset[hook];
  }
}

/** @param {LinkedData} data */
function cursorFor({ mode, models }) {
  const planes = models.map(startingPlane);
  return mode === "input" ? new SameImage(planes) : new SameZ(planes[0]);
}

/**
 * What the maps are about; when it changes, everything on them does. Not the models' titles, which another language has
 * for the same models. @param {LinkedData} data
 */
const subject = ({ models, mode, examples, runtime }) =>
  JSON.stringify([models.map(({ run, dims }) => [run.id, dims]), mode, examples, runtime]);

/**
 * Maps of several models with one cursor over all.
 * @type {(component: Component<LinkedData>) => () => void}
 */
export default onePerElement((first) => {
  let shown = subject(first.data);
  let studio = new LinkedStudio(first);
  return {
    update(component) {
      const wanted = subject(component.data);
      if (wanted === shown) return studio.update(component);
      studio.destroy();
      shown = wanted;
      studio = new LinkedStudio(component);
    },
    destroy: () => studio.destroy(),
  };
});
