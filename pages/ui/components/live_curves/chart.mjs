import { shadeFor, withAlpha } from "../../browser/lib/theme.mjs";
import { lines, MOST_POINTS, plotsOf, rangeOf, SPLITS, thinned, valueOf } from "./series.mjs";
import { SETTING_NAMES } from "../../browser/lib/contract.mjs";

/** @import { CurvesData, MetricsRow, Settings } from "../../browser/lib/contract.mjs" */
/** @import { PlotlyElement, PlotlyModule } from "../../browser/lib/types.mjs" */
/** @import { Theme } from "../../browser/lib/theme.mjs" */
/** @import { Line, Plot } from "./series.mjs" */

/** A change made while the run was training. @typedef {{step: number, text: string}} Mark */

/** Labels that might meet go one below the other, then begin at the top again. */
const ROWS = 4;

/**
 * What each edit changed, in words; one that changed nothing leaves no mark.
 * @param {MetricsRow[]} rows all so far @param {Settings} settings in force at the first step
 * @returns {Mark[]}
 */
export function marksOf(rows, settings) {
  /** @type {Record<keyof Settings, number | null>} */
  const known = { ...settings };
  /** @type {Mark[]} */
  const marks = [];
  for (const row of rows.filter(({ split }) => split === "edit")) {
    const changed = /** @type {(keyof typeof SETTING_NAMES)[]} */ (Object.keys(SETTING_NAMES)).filter(
      (name) => known[name] !== null && known[name] !== (row[name] ?? known[name]),
    );
    for (const name of changed) known[name] = row[name] ?? known[name];
    const text = changed.map((name) => `${SETTING_NAMES[name]} ${settled(row[name] ?? 0)}`).join(", ");
    if (text) marks.push({ step: row.step, text });
  }
  return marks;
}

/** As it is in force, but for what adding up has left in the last digits. @param {number} value */
const settled = (value) => String(Number(value.toPrecision(12)));

/** A thin line through all plots for each mark. @param {Mark[]} marks @param {Theme} theme */
export function markLines(marks, theme) {
  const line = { color: withAlpha(theme.ink, 0.5), width: 1, dash: "dot" };
  return marks.map(({ step }) => (
    { type: "line", xref: "x", x0: step, x1: step, yref: "paper", y0: 0, y1: 1, line, layer: "below" }
  ));
}

/**
 * What principal components do with as many dimensions, across each plot.
 * @param {MetricsRow[]} rows all so far @param {Plot[]} plots @param {Theme} theme
 */
export function baselines(rows, plots, theme) {
  const line = { color: theme.muted, width: 1.5, dash: "dash" };
  return rows
    .filter(({ split }) => split === "pca")
    .flatMap((row) =>
      plots.map(({ quantity }, index) => {
        const y = valueOf(row, quantity);
        return { type: "line", xref: "paper", x0: 0, x1: 1, yref: Y_REFERENCES[index], y0: y, y1: y, line, layer: "below" };
      }),
    );
}

/** The words on the lines, just below the first plot's upper edge. @param {Mark[]} marks @param {Theme} theme */
export function markLabels(marks, theme) {
  const font = { size: 14, color: theme.ink, family: theme.font };
  return marks.map(({ step, text }, index) => ({
    text,
    font,
    xref: "x",
    x: step,
    xanchor: "auto",
    yref: "paper",
    y: 1,
    yshift: -20 * (index % ROWS),
    yanchor: "top",
    showarrow: false,
    bgcolor: withAlpha(theme.ground, 0.8),
    borderpad: 2,
  }));
}

const AXES = ["yaxis", "yaxis2", "yaxis3"];
const GAP = 0.08;
/** In the order of the axes. */
const Y_REFERENCES = ["y", "y2", "y3"];
export const CONFIG = { displayModeBar: false, responsive: false, showTips: false, doubleClick: false, showSendToCloud: false };

/** What plotly need not measure at every update. */
const FIXED = { automargin: false, ticklabeloverflow: "allow" };

/** Plots one above the other that share their steps; one plotly figure, kept for life. */
export class Chart {
  /** @param {HTMLElement} box @param {CurvesData} data @param {Theme} theme */
  constructor(box, data, theme) {
    this.box = /** @type {PlotlyElement} */ (box);
    this.data = data;
    this.theme = theme;
    this.headings = /** @type {HTMLElement} */ (box.nextElementSibling);
    this.plots = plotsOf(data.isDeterministic);
    this.lines = lines([], this.plots);
    /** @type {MetricsRow[]} changes made while the run was training, and what it is to beat */
    this.noted = [];
    /** @type {PlotlyModule | null} */
    this.plotly = null;
    this.isDestroyed = false;
    this.resizing = new ResizeObserver(() => this.#resized());
  }

  /** @param {PlotlyModule} plotly @param {CurvesData} data @param {MetricsRow[]} rows all so far, drawn in one go */
  async open(plotly, data, rows) {
    this.data = data;
    this.plots = plotsOf(data.isDeterministic);
    this.lines = lines(rows, this.plots).map((line) => thinned(line));
    this.noted = rows.filter(isNoted);
    if (this.plotly) return this.#redraw();
    this.#head();
    await plotly.newPlot(this.box, this.#traces(), this.#layout(), CONFIG);
    if (this.isDestroyed) return plotly.purge(this.box);
    this.plotly = plotly;
    this.resizing.observe(this.box);
  }

  /** @param {MetricsRow[]} rows new ones */
  async extend(rows) {
    if (!rows.length || !this.plotly) return;
    const added = lines(rows, this.plots);
    const noted = rows.filter(isNoted);
    this.noted.push(...noted);
    added.forEach(({ x, y }, index) => (this.lines[index].x.push(...x), this.lines[index].y.push(...y)));
    if (this.lines.some(({ x }) => x.length > MOST_POINTS)) return this.#thin();
    if (noted.length) return this.#redraw();
    this.plots.forEach((_, index) => Object.assign(this.box.layout[AXES[index]], this.#shown(index))); // drawn by the call that follows
    const change = { x: added.map(({ x }) => x), y: added.map(({ y }) => y) };
    await this.plotly.extendTraces(this.box, change, added.map((_, index) => index));
  }

  async #thin() {
    this.lines = this.lines.map((line) => thinned(line, MOST_POINTS / 2));
    await this.#redraw();
  }

  /** @param {Theme} theme */
  async dress(theme) {
    this.theme = theme;
    await this.#redraw();
  }

  async #redraw() {
    this.#head();
    await this.plotly?.react(this.box, this.#traces(), this.#layout(), CONFIG);
  }

  #resized() {
    const { clientWidth: width, clientHeight: height } = this.box;
    if (width && height) void this.plotly?.relayout(this.box, { width, height });
  }

  /** What of an axis depends on the values. @param {number} quantity */
  #shown(quantity) {
    const own = this.lines.slice(2 * quantity, 2 * quantity + 2);
    return { range: rangeOf(own), showticklabels: own.some(({ x }) => x.length > 0) };
  }

  #traces() {
    return this.lines.map((line, index) => this.#trace(line, Math.floor(index / 2), index % 2));
  }

  /**
   * plotly adds to the arrays it is given: it gets its own.
   * @param {Line} line @param {number} quantity @param {number} split
   */
  #trace({ x, y }, quantity, split) {
    const color = this.#color(this.plots[quantity]);
    const isHeldOut = SPLITS[split] === "held-out";
    const name = `${this.plots[quantity].title}, ${isHeldOut ? "held-out" : "training"}`;
    return {
      type: "scatter",
      mode: isHeldOut ? "lines+markers" : "lines",
      name,
      x: [...x],
      y: [...y],
      yaxis: quantity ? `y${quantity + 1}` : "y",
      line: { color, width: isHeldOut ? 1.5 : 2, dash: isHeldOut ? "dot" : "solid" },
      marker: { color, size: 5, symbol: "circle-open" },
      hovertemplate: `%{y:.1f}<extra>${name}</extra>`,
    };
  }

  /** @param {Plot} plot */
  #color({ quantity }) {
    return shadeFor(this.data.look[quantity], this.theme);
  }

  #layout() {
    const { theme, box, plots } = this;
    const marks = marksOf(this.noted, this.data.settings);
    return {
      width: box.clientWidth || 400,
      height: box.clientHeight || 400,
      margin: { l: 48, r: 8, t: 24, b: 36, pad: 0 },
      paper_bgcolor: "rgba(0,0,0,0)",
      plot_bgcolor: theme.ground, // as the page, and what plotly takes the cursor line's halo from
      showlegend: false,
      dragmode: false,
      hovermode: "x unified",
      hoversubplots: "axis",
      hoverdistance: -1,
      font: { family: theme.font, size: 14, color: theme.muted },
      hoverlabel: {
        bgcolor: theme.ground,
        bordercolor: withAlpha(theme.ink, 0.3),
        font: { family: theme.font, size: 14, color: theme.ink },
      },
      shapes: [...markLines(marks, theme), ...baselines(this.noted, plots, theme)],
      annotations: markLabels(marks, theme),
      xaxis: { ...this.#axis(), ...this.#steps() },
      ...Object.fromEntries(plots.map((_, index) => [AXES[index], this.#yaxis(index)])),
    };
  }

  /** What each plot shows, above it. */
  #head() {
    const baseline = this.noted.some(({ split }) => split === "pca") ? "dashed: PCA" : "";
    this.headings.replaceChildren(
      ...this.plots.map((plot, index) => {
        const heading = document.createElement("p");
        const title = document.createElement("b");
        title.textContent = plot.title;
        title.style.color = this.#color(plot);
        const unit = document.createElement("span");
        unit.textContent = "nats per image; ";
        heading.append(title, ...(index ? [] : [unit, "dotted: held-out"]), index === this.plots.length - 1 ? baseline : "");
        heading.style.bottom = `${100 * this.#domain(index)[1]}%`;
        return heading;
      }),
    );
  }

  /** @param {number} index */
  #yaxis(index) {
    return { ...this.#axis(), domain: this.#domain(index), ...this.#shown(index), anchor: "x", nticks: 4 };
  }

  /** Where a plot stands, the first at the top. @param {number} index @returns {[number, number]} */
  #domain(index) {
    const count = this.plots.length;
    const height = (1 - (count - 1) * GAP) / count;
    const bottom = (count - 1 - index) * (height + GAP);
    return [bottom, bottom + height];
  }

  /** The axis below all of them. */
  #steps() {
    return {
      anchor: this.plots.length > 1 ? `y${this.plots.length}` : "y",
      rangemode: "tozero",
      title: { text: "step", standoff: 4 },
      unifiedhovertitle: { text: "Step %{x}, nats per image" },
      showspikes: true,
      spikemode: "across",
      spikethickness: 1,
      spikedash: "solid",
      spikecolor: this.theme.muted,
    };
  }

  #axis() {
    const { grid, muted } = this.theme;
    return { gridcolor: grid, zeroline: false, ticks: "", tickfont: { size: 14, color: muted }, ...FIXED };
  }

  destroy() {
    this.isDestroyed = true;
    this.resizing.disconnect();
    this.plotly?.purge(this.box);
  }
}

/** @param {MetricsRow} row */
const isNoted = ({ split }) => split === "edit" || split === "pca";
