import { readTheme, sameTheme, shadeFor } from "../../browser/lib/theme.mjs";
import { halfWidthFor } from "../../browser/maths/coordinates.mjs";
import { dimensionsPlane } from "../../browser/model/plane.mjs";
import { listen } from "../../browser/lib/pointer.mjs";
import { find } from "../../browser/map/canvas_dom.mjs";
import { Column } from "./column.mjs";
import { followedRanges, homeHalves, placeOf, SameImage, SameZ } from "./cursors.mjs";
import { Examples } from "./examples.mjs";
import { Originals } from "./originals.mjs";
import { Legend } from "../../browser/map/legend.mjs";
import { onePerElement } from "../../browser/lib/instances.mjs";

/** @import { Component, Point } from "../../browser/lib/types.mjs" */
/** @import { ColumnEvents } from "./column.mjs" */
/** @import { Embedding } from "../../browser/model/embedding.mjs" */
/** @import { LinkedData, LinkedModel } from "./types.mjs" */
/** @import { Theme } from "../../browser/lib/theme.mjs" */

/** The classes on the maps: one legend below all where they are the same ones, else one below each map. */
class Legends {
  /** @param {HTMLElement} root @param {HTMLElement[]} columns @param {LinkedModel[]} models @param {() => void} changed */
  constructor(root, columns, models, changed) {
    const isOne = models.every(({ classes }) => JSON.stringify(classes) === JSON.stringify(models[0].classes));
    this.classColors = models[0].look.classes;
    this.hosts = isOne ? [find(root, ".lm-legend-of-all")] : columns.map((column) => find(column, ".lm-legend"));
    this.legends = this.hosts.map((host, at) => new Legend(host, models[at].classes, models[at].look.symbols, changed));
  }

  /** @param {number} at of the model @param {number} label */
  isShown(at, label) {
    return (this.legends[at] ?? this.legends[0]).isShown(label);
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
    /** The map that a hand was on last: the others follow its view. */
    this.leader = 0;
    this.frame = 0;
    this.halves = data.models.map(() => SMALLEST);
    /** @type {string[]} what Python has been told and has not given back */
    this.told = [];
    this.cursor = cursorFor(data);
    if (data.cursor) this.cursor.adopt(data.cursor);
    const elements = this.#copies(data.models.length);
    this.legends = new Legends(this.root, elements, data.models, () => this.columns.forEach((each) => each.filter()));
    const events = this.#events();
    this.columns = data.models.map((model, at) => {
      const isShown = (/** @type {number} */ label) => this.legends.isShown(at, label);
      return new Column(elements[at], at, model, this.theme, { ...events, isShown });
    });
    this.originals = new Originals(this.root, data);
    this.examples = new Examples(this.root, data, this.columns, this.originals);
    this.stops = this.#tools();
    this.#shade();
    this.#dress();
    this.#show();
    this.columns.forEach((column) => column.load());
    this.root.dataset.mounted = "true";
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
      mapped: (at, embedding) => this.#mapped(at, embedding),
      decodes: () => this.#show(),
      settled: () => this.#settled(),
      moved: (at, place, timeStamp) => this.#move(at, place, timeStamp),
      released: () => this.#tell(),
      looked: (at) => at === this.leader && this.#follow(),
      touched: (at) => (this.leader = at),
      isBusy: () => this.columns.some((column) => column.isDragging),
    };
  }

  /** Python, or Streamlit's theme, has something new to say. @param {Component<LinkedData>} component */
  update(component) {
    const before = this.data;
    this.component = component;
    const data = (this.data = component.data);
    this.columns.forEach((column, at) => column.update(data.models[at]));
    const differs = (/** @type {"label" | "title"} */ what) =>
      before.models.some((model, at) => model[what] !== data.models[at][what]);
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

  /** A cursor that the page wishes for, and not what we told it; a hand on the cursor is stronger. @param {LinkedData["cursor"]} wish */
  #adopt(wish) {
    const echo = this.told.indexOf(JSON.stringify(wish));
    this.told.splice(0, echo + 1);
    if (echo >= 0 || !wish || this.columns.some((column) => column.isDragging)) return;
    this.cursor.adopt(wish);
    this.#show();
  }

  /** @param {number} at @param {Point} place @param {number} [timeStamp] of the pointer's event; a key has none */
  #move(at, place, timeStamp) {
    this.cursor.move(at, place, timeStamp === undefined);
    this.#show(timeStamp);
  }

  /** The cursor where it is now, on every map. @param {number} [timeStamp] */
  #show(timeStamp) {
    this.columns.forEach((column, at) => {
      const label = this.cursor.label(at);
      column.show(this.cursor.z(at), placeOf(this.cursor, at, column.plane), { label, timeStamp });
    });
    this.originals.show(this.cursor.state.image);
  }

  /** @param {number} at @param {Embedding} embedding */
  #mapped(at, embedding) {
    this.cursor.know(at, embedding);
    this.originals.know(at, embedding);
    this.#makeRoom();
    this.#show();
    this.#settled();
  }

  /** Every map reaches as far as its points, or all as far as the widest, unless someone has zoomed. */
  #makeRoom() {
    this.halves = homeHalves(this.columns.map(({ half }) => half), this.data.mode === "z");
    this.columns.forEach((column, at) => column.reach(this.halves[at]));
  }

  #settled() {
    if (this.root.dataset.ready || !this.columns.every(({ isReady }) => isReady)) return;
    this.root.dataset.ready = "true";
    this.examples.draw();
    void this.originals.fetch().then(() => this.examples.draw());
  }

  /** The maps without a hand on them show what the one with it shows; at the next frame, however often asked. */
  #follow() {
    this.frame ||= requestAnimationFrame(() => {
      this.frame = 0;
      const { leader, columns, halves } = this;
      if (!columns[leader].map.wasZoomed) return; // all show the whole of their maps
      const from = { place: columns[leader].place ?? ORIGIN, half: halves[leader] };
      columns.forEach((column, at) => {
        const to = { place: column.place ?? ORIGIN, half: halves[at] };
        if (at !== leader) void column.map.see(followedRanges(columns[leader].map.view, from, to));
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
        this.#tell();
      },
    };
    const buttons = /** @type {NodeListOf<HTMLElement>} */ (this.root.querySelectorAll(".lm-tools [data-do]"));
    return [...buttons].map((button) => listen(button, { click: actions[button.dataset.do ?? "fit"] }));
  }

  #shade() {
    find(this.root, '[data-do="holes"]').setAttribute("aria-pressed", String(this.hasHoles));
    this.columns.forEach((column) => column.shade(this.hasHoles));
  }

  /** Python hears of what has come to rest. */
  #tell() {
    const { state } = this.cursor;
    this.told = [...this.told, JSON.stringify(state)].slice(-MOST_WAITED_FOR);
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
  const planes = models.map(({ latentDim, dims }) => dimensionsPlane(latentDim, dims));
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
