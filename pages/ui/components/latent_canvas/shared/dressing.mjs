import { readTheme, sameTheme, shadeFor } from "../../../browser/lib/theme.mjs";

/** @import { CanvasData } from "../../../browser/lib/types.mjs" */
/** @import { MapLook } from "../../../browser/map/map.mjs" */
/** @import { Stage } from "../../../browser/map/canvas_dom.mjs" */

/** What everything on the canvas is drawn in: Streamlit's theme, the classes' colours, and which classes are shown. */
export class Dressing {
  /** @param {Stage} stage @param {CanvasData} data */
  constructor({ root, legend }, { look, classes }) {
    this.root = root;
    this.legend = legend;
    this.shades = look;
    this.classes = classes;
    this.theme = readTheme(root);
  }

  /** @returns {boolean} whether Streamlit's theme is another now */
  refresh() {
    const before = this.theme;
    this.theme = readTheme(this.root);
    return !sameTheme(before, this.theme);
  }

  /** @returns {string[]} by class */
  get colors() {
    return shadeFor(this.shades.classes, this.theme);
  }

  /** @param {string[]} names of the axes @returns {MapLook} */
  ofMap(names) {
    const { classes, colors, shades, theme } = this;
    return { classes, names, colors, symbols: shades.symbols, theme, isShown: this.legend.isShown };
  }
}
