import { html } from "../../browser/lib/dom.mjs";

/** @import { WidgetData } from "./types.mjs" */

/**
 * What a widget is built on: an element, words, and the state that a person changes.
 * @template {Record<string, any>} S
 */
export class Panel {
  /**
   * @param {HTMLElement} root @param {WidgetData} data @param {S} state changed in place, so that it outlives the panel
   * @param {() => void} onChange
   */
  constructor(root, data, state, onChange) {
    this.root = root;
    this.data = data;
    this.state = state;
    this.onChange = onChange;
    /** Draws the state as it is; nothing until all has been built. */
    this.draw = () => {};
    /** @type {(() => void)[]} controls, which show the state as well */
    this.followers = [];
  }

  /** A word of the widget's in the reader's language. @param {string} key */
  text(key) {
    const words = this.data.strings[key];
    if (words === undefined) throw new Error(`the widget ${this.data.widget} has no words for "${key}"`);
    return words;
  }

  /** The test id of a part. @param {string} name */
  hook(name) {
    return `${this.data.widget}-${name}`;
  }

  /** A row of parts that stand beside each other where there is room. @param {string} kind @param {...Node} parts */
  row(kind, ...parts) {
    const row = html("div", { class: `ls-row ls-${kind}` }, ...parts);
    this.root.append(row);
    return row;
  }

  /** All has been built. @param {() => void} draw */
  open(draw) {
    this.draw = () => {
      for (const follow of this.followers) follow();
      draw();
    };
    this.draw();
  }

  /** A person has set something: it is drawn, kept, and compared with what there is to try. @param {Partial<S>} change */
  set(change) {
    Object.assign(this.state, change);
    for (const follow of this.followers) follow();
    this.onChange();
  }
}
