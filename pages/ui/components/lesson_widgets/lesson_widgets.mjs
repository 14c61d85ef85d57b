import { absolute } from "../../browser/lib/fetching.mjs";
import { writeNumbersIn } from "../../browser/lib/format.mjs";
import { onePerElement } from "../../browser/lib/instances.mjs";
import { readTheme, shadeFor } from "../../browser/lib/theme.mjs";
import { Panel } from "./panel.mjs";

/** @import { Component } from "../../browser/lib/types.mjs" */
/** @import { Drawing, Widget, WidgetData } from "./types.mjs" */

/**
 * Widgets by the name that a lesson's text calls them by; each is loaded when a lesson needs it.
 * @type {Record<string, () => Promise<{default: Widget<any>}>>}
 */
export const WIDGETS = {
  "two-heads": () => import("./widgets/two_heads.mjs"),
  "gradient-routes": () => import("./widgets/gradient_routes.mjs"),
  "two-gaussians": () => import("./widgets/two_gaussians.mjs"),
  "kl-bell": () => import("./widgets/kl_bell.mjs"),
  "kl-plane": () => import("./widgets/kl_plane.mjs"),
  "three-ways": () => import("./widgets/three_ways.mjs"),
  "web-formulas": () => import("./widgets/web_formulas.mjs"),
  "squared-error": () => import("./widgets/squared_error.mjs"),
  "three-bars": () => import("./widgets/three_bars.mjs"),
  "two-descents": () => import("./widgets/two_descents.mjs"),
  "pixel-entropy": () => import("./widgets/pixel_entropy.mjs"),
  "twelve-differences": () => import("./widgets/twelve_differences.mjs"),
  "rate-distortion": () => import("./widgets/rate_distortion.mjs"),
  "three-sources": () => import("./widgets/three_sources.mjs"),
};

/** Where the reader is on the page. */

/** @type {number | null} the lesson whose widgets were built last */
let shownLesson = null;
/** How many widgets there are; without one, another page is open, in English. */
let built = 0;
const ENGLISH = "en";

/** @param {string} language of the page from now on */
function speak(language) {
  document.documentElement.lang = language;
  writeNumbersIn(language);
}

/**
 * A widget has been built, or its language has changed: mark the page's language for screen readers and fonts, and
 * scroll another lesson to its top. In the same lesson the page stays where it is.
 * @param {HTMLElement} root @param {{lesson: number, language: string}} data
 */
export function arrive(root, { lesson, language }) {
  speak(language);
  if (shownLesson !== lesson) root.closest('[data-testid="stMain"]')?.scrollTo({ top: 0 });
  shownLesson = lesson;
}

/** What a person has set on a widget, kept for the visit: over a change of language or lesson, and a reload. */

/**
 * @typedef {object} Memory
 * @property {<S extends Record<string, any>>(start: S) => Partial<S>} state what was kept, as far as it fits the start
 * @property {(state: object) => void} keep
 * @property {() => boolean} isDone
 * @property {() => void} finish
 */

/** @param {string} name of the widget @param {Storage} storage @returns {Memory} */
export function remembering(name, storage) {
  const key = `latent-studio.lesson.${name}`;
  /** @param {string} name */
  const read = (name) => {
    try {
      return JSON.parse(storage.getItem(name) ?? "null");
    } catch {
      return null; // somebody else's, or storage is forbidden
    }
  };
  /** @param {string} name @param {unknown} value */
  const write = (name, value) => {
    try {
      storage.setItem(name, JSON.stringify(value));
    } catch {
      // A full or forbidden storage only means that a reload begins afresh.
    }
  };
  return {
    state: (start) => fitting(read(key), start),
    keep: (state) => write(key, state),
    isDone: () => read(`${key}.done`) === true,
    finish: () => write(`${key}.done`, true),
  };
}

/** Where there is no storage. @returns {Memory} */
export const forgetful = () => ({ state: () => ({}), keep: () => {}, isDone: () => false, finish: () => {} });

/**
 * The entries of a kept state that the widget still knows and that are of the same kind.
 * @template {Record<string, any>} S @param {unknown} kept @param {S} start @returns {Partial<S>}
 */
function fitting(kept, start) {
  if (typeof kept !== "object" || kept === null) return {};
  const known = Object.entries(kept).filter(([name, value]) => Object.hasOwn(start, name) && isLike(value, start[name]));
  return /** @type {Partial<S>} */ (Object.fromEntries(known));
}

/** @param {any} value @param {any} like @returns {boolean} */
function isLike(value, like) {
  if (Array.isArray(like)) {
    return Array.isArray(value) && value.length === like.length && value.every((each, index) => isLike(each, like[index]));
  }
  return typeof value === typeof like && (typeof value !== "number" || Number.isFinite(value));
}

/** One widget of a lesson: loads it, keeps its state, and builds it anew when the language changes. */
class LessonWidget {
  /** @param {Component<WidgetData>} component */
  constructor(component) {
    this.component = component;
    this.root = /** @type {HTMLElement} */ (component.parentElement.querySelector(".ls-lesson"));
    this.memory = typeof sessionStorage === "undefined" ? forgetful() : remembering(component.data.widget, sessionStorage);
    /** @type {Widget<any> | null} */
    this.widget = null;
    /** @type {Drawing | null} */
    this.drawing = null;
    this.hasReported = component.data.done;
    built++;
    arrive(this.root, component.data);
    this.#dress();
    void this.#open();
  }

  async #open() {
    try {
      this.widget = (await WIDGETS[this.component.data.widget]()).default;
    } catch {
      this.root.textContent = this.component.data.strings.failed ?? "This widget could not be loaded; reload the page.";
      return;
    }
    this.state = { ...this.widget.start, ...this.memory.state(this.widget.start) };
    if (this.memory.isDone()) this.#finish();
    this.#build();
  }

  #build() {
    if (!this.widget) return;
    const { data } = this.component;
    this.drawing?.destroy?.();
    this.root.replaceChildren();
    const panel = new Panel(this.root, { ...data, assets: absolute(data.assets) }, this.state, () => this.#changed());
    this.drawing = this.widget.build(panel);
    panel.open(() => this.drawing?.draw());
    this.root.dataset.language = data.language;
    this.root.dataset.ready = "true";
  }

  /** A person has set something. */
  #changed() {
    this.drawing?.draw();
    this.memory.keep(this.state);
    if (this.widget?.goal(/** @type {any} */ (this.state))) this.#finish();
  }

  /** Once, Python is sent that what there is to try has been done. */
  #finish() {
    if (this.hasReported) return;
    this.hasReported = true;
    this.memory.finish();
    this.component.setStateValue("done", true);
  }

  /** @param {Component<WidgetData>} component */
  update(component) {
    const before = this.component.data;
    this.component = component;
    this.#dress();
    this.drawing?.dress?.();
    if (component.data.language === before.language) return;
    arrive(this.root, component.data);
    this.#build();
  }

  /** The theme's colours, as CSS variables: what CSS draws need not be drawn anew for them. */
  #dress() {
    const { look, widget } = this.component.data;
    const theme = readTheme(this.root);
    this.root.dataset.testid = widget;
    for (const name of /** @type {const} */ (["accent", "reconstruction", "kl", "sum"])) {
      this.root.style.setProperty(`--ls-${name}`, shadeFor(look[name], theme));
    }
  }

  destroy() {
    this.drawing?.destroy?.();
    if (--built === 0) speak(ENGLISH);
    this.root.replaceChildren();
    delete this.root.dataset.ready;
  }
}

/** @type {(component: Component<WidgetData>) => () => void} */
export default onePerElement((component) => new LessonWidget(component));
