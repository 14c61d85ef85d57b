import { shadeFor } from "../../browser/lib/theme.mjs";
import { Legend } from "../../browser/map/legend.mjs";
import { find } from "../../browser/map/canvas_dom.mjs";

/** @import { Theme } from "../../browser/lib/theme.mjs" */
/** @import { LinkedModel } from "./types.mjs" */

/** The classes on the maps: one legend below all where they are the same ones, else one below each map. */
export class Legends {
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
