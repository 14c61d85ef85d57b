import { find } from "../../../browser/map/canvas_dom.mjs";
import { isAbort } from "../../../browser/lib/fetching.mjs";
import { listen } from "../../../browser/lib/pointer.mjs";
import { shadeFor } from "../../../browser/lib/theme.mjs";
import { Legend } from "../../../browser/legend/legend.mjs";
import { HIDDEN, limitsFrom, limitsText, LISTED, mark, marksByCode, NO_LIMITS, shadesOf, textNames } from "../../../browser/legend/marks.mjs";
import { ScaleLegend } from "../../../browser/legend/scale_legend.mjs";
import { columnText, fetchColumn, fetchColumns } from "../../../browser/legend/column.mjs";

/** @import { CanvasData } from "../../../browser/lib/contract.mjs" */
/** @import { Theme } from "../../../browser/lib/theme.mjs" */
/** @import { Column } from "../../../browser/legend/column.mjs" */
/** @import { Embedding } from "../../../browser/model/embedding.mjs" */
/** @import { CanvasDom } from "../../../browser/map/canvas_dom.mjs" */

/**
 * How points look. @typedef {object} Paint
 * @property {string[]} colors by mark: by class, or by what the column says
 * @property {string[]} symbols
 * @property {(mark: number) => boolean} isShown
 * @property {(embedding: Embedding) => void} mark give points their marks, see `marks.mjs`
 */

/** What colours and filters the points: their classes, or a column of the data set; and the legend that says so. */
export class Coloring {
  /**
   * @param {CanvasDom} dom @param {CanvasData} data
   * @param {{onChange: () => void, onError: (error: unknown) => void}} events onChange: points look otherwise, or others are shown
   */
  constructor({ root }, data, events) {
    this.data = data;
    this.events = events;
    this.host = find(root, ".ls-legend");
    this.chooser = find(root, ".ls-colour-by");
    this.select = /** @type {HTMLSelectElement} */ (find(root, ".ls-colour-by select"));
    this.place = find(root, ".ls-marks");
    this.classes = new Legend(find(root, ".ls-classes"), data.listedClasses, data.look.symbols, events.onChange, data.options.hidden);
    /** What the address asks for, until it is known whether there is such a column. */
    this.wanted = { colour: data.options.colour ?? "", only: data.options.only ?? "" };
    this.isListed = false;
    /** @type {Column | null} null: classes colour the map */
    this.column = null;
    /** @type {Map<string, Column>} by split */
    this.columns = new Map();
    /** @type {Legend | ScaleLegend | null} of the column */
    this.legend = null;
    /** @type {Uint8Array} */
    this.byCode = new Uint8Array();
    this.stopping = new AbortController();
    this.stop = listen(this.select, { change: () => void this.#choose(this.select.value, "") });
    this.#show();
    if (this.wanted.colour) void this.offer(data);
  }

  /** Ask what may be chosen, once the real images are here and what is known of them. @param {CanvasData} data */
  async offer(data) {
    if (this.isListed || !data.images) return;
    this.isListed = true;
    const { colour, only } = this.wanted;
    try {
      const listed = await fetchColumns(data.run.base, this.stopping.signal);
      const byClass = data.classes.length > 1 ? "class" : "nothing";
      this.select.replaceChildren(new Option(byClass, ""), ...listed.map(({ name }) => new Option(name, name)));
      this.chooser.hidden = !listed.length;
      this.host.toggleAttribute("data-columns", listed.length > 0);
      const isThere = listed.some(({ name }) => name === colour);
      if (colour) await this.#choose(isThere ? colour : "", only);
    } catch (error) {
      this.isListed = false;
      if (!isAbort(error)) this.events.onError(error);
    }
  }

  /** @param {string} name "" for the classes @param {string} only */
  async #choose(name, only) {
    this.wanted = { colour: name, only };
    this.select.value = name;
    this.columns.clear();
    try {
      const column = name ? await this.#fetch(name, this.data.points) : null;
      if (this.wanted.colour !== name) return; // another was chosen meanwhile
      this.#use(column, only);
    } catch (error) {
      if (!isAbort(error)) this.events.onError(error);
    }
  }

  /** @param {string} name @param {string} split */
  async #fetch(name, split) {
    const column = await fetchColumn(this.data.run.base, name, split, this.stopping.signal);
    if (this.wanted.colour === name) this.columns.set(split, column);
    return column;
  }

  /** @param {Column | null} column @param {string} only */
  #use(column, only) {
    this.column = column;
    this.#takeDown();
    const onChange = () => this.#filtered();
    if (column?.kind === "number") this.legend = new ScaleLegend(this.place, column, limitsFrom(only), onChange);
    if (column?.kind === "text") {
      const hidden = only.includes("~") ? "" : only;
      this.legend = new Legend(this.place, textNames(column), this.data.look.symbols, onChange, hidden);
    }
    this.#filtered();
  }

  #takeDown() {
    if (this.legend instanceof ScaleLegend) this.legend.destroy();
    this.legend = null;
    this.place.replaceChildren();
  }

  #filtered() {
    const { column, legend } = this;
    if (column) {
      const limits = legend instanceof ScaleLegend ? legend.limits : NO_LIMITS;
      this.byCode = marksByCode(column, limits);
      this.wanted.only = legend instanceof ScaleLegend ? limitsText(limits) : (legend?.hidden ?? "");
    }
    this.#show();
    this.events.onChange();
  }

  #show() {
    const { column, host, place } = this;
    host.dataset.by = column ? column.name : "class";
    find(host, ".ls-classes").hidden = column !== null;
    place.hidden = column === null;
    place.classList.toggle("ls-scale", column?.kind === "number");
    if (column) place.setAttribute("aria-label", `Points by ${column.name}`);
  }

  /** What the address keeps. */
  options() {
    return { hidden: this.classes.hidden, colour: this.wanted.colour, only: this.wanted.only };
  }

  /** Colours of the legend in a theme; and what points look like in it. @param {Theme} theme @returns {Paint} */
  dress(theme) {
    const classes = shadeFor(this.data.look.classes, theme);
    this.classes.dress(classes);
    const own = this.#colors(theme, classes);
    this.legend?.dress(own);
    const mark = this.mark;
    if (!this.column) return { colors: classes, symbols: this.data.look.symbols, isShown: this.classes.isShown, mark };
    if (this.legend instanceof Legend) return { colors: own, symbols: this.data.look.symbols, isShown: this.legend.isShown, mark };
    return { colors: [...own, theme.muted], symbols: ["circle"], isShown: (/** @type {number} */ value) => value !== HIDDEN, mark };
  }

  /** @param {Theme} theme @param {string[]} classes */
  #colors(theme, classes) {
    if (this.column?.kind === "number") return shadesOf(shadeFor(this.data.look.scale, theme));
    return classes.slice(0, LISTED);
  }

  /** Those of another split wait for its column. @param {Embedding} embedding */
  mark = (embedding) => {
    const { column, data } = this;
    const own = column && this.columns.get(embedding.split);
    mark(embedding, own ?? null, this.byCode);
    if (column && !own && embedding.split !== data.points) {
      embedding.marks = new Uint8Array(embedding.count).fill(HIDDEN);
      this.#fetch(column.name, embedding.split).then(this.events.onChange, this.events.onError);
    }
  };

  /** What the column says of a point, "" for nothing. @param {Embedding} embedding @param {number} row */
  textOf = (embedding, row) => {
    const column = this.columns.get(embedding.split);
    return this.column && column ? columnText(column, embedding.index[row]) : "";
  };

  destroy() {
    this.stopping.abort();
    this.stop();
    this.#takeDown();
    this.chooser.hidden = true;
    this.place.hidden = true;
    find(this.host, ".ls-classes").replaceChildren();
    this.host.removeAttribute("data-columns");
  }
}
