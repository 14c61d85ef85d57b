import { absolute } from "../../browser/lib/fetching.mjs";
import { onePerElement } from "../../browser/lib/instances.mjs";
import { readTheme, shadeFor } from "../../browser/lib/theme.mjs";
import { forgetful, remembering } from "./memory.mjs";
import { arrive } from "./place.mjs";
import { WIDGETS } from "./registry.mjs";
import { Stage } from "./stage.mjs";

/** @import { Component } from "../../browser/lib/types.mjs" */
/** @import { Drawing, Widget, WidgetData } from "./types.mjs" */

/** One widget of a lesson: loads it, keeps its state, and puts it up anew when the language changes. */
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
    const stage = new Stage(this.root, { ...data, assets: absolute(data.assets) }, this.state, () => this.#changed());
    this.drawing = this.widget.build(stage);
    stage.open(() => this.drawing?.draw());
    this.root.dataset.language = data.language;
    this.root.dataset.ready = "true";
  }

  /** A person has set something. */
  #changed() {
    this.drawing?.draw();
    this.memory.keep(this.state);
    if (this.widget?.goal(/** @type {any} */ (this.state))) this.#finish();
  }

  /** Python hears once that what there is to try has been done. */
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
    this.root.replaceChildren();
    delete this.root.dataset.ready;
  }
}

/** @type {(component: Component<WidgetData>) => () => void} */
export default onePerElement((component) => new LessonWidget(component));
