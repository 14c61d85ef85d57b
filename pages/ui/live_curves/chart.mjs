import { shadeFor, withAlpha } from "../shared/theme.mjs";
import { lines, MOST_POINTS, QUANTITIES, rangeOf, SPLITS, thinned } from "./series.mjs";

/** @import { Look, PlotlyElement, PlotlyModule } from "../shared/types.mjs" */
/** @import { Theme } from "../shared/theme.mjs" */
/** @import { Line, Row } from "./series.mjs" */

const TITLES = { reconstruction: "Reconstruction", kl: "KL", sum: "Sum (−ELBO)" };
const AXES = ["yaxis", "yaxis2", "yaxis3"];
const GAP = 0.08;
const CONFIG = { displayModeBar: false, responsive: false, showTips: false, doubleClick: false };

/** What plotly need not measure at every update. */
const FIXED = { automargin: false, ticklabeloverflow: "allow" };

/** Three plots, one above the other, that share their steps; one plotly figure, kept for life. */
export class Chart {
  /** @param {HTMLElement} box @param {Look} look @param {Theme} theme */
  constructor(box, look, theme) {
    this.box = /** @type {PlotlyElement} */ (box);
    this.look = look;
    this.theme = theme;
    this.lines = lines([]);
    /** @type {PlotlyModule | null} */
    this.plotly = null;
    this.isDestroyed = false;
    this.resizing = new ResizeObserver(() => this.#resized());
  }

  /** @param {PlotlyModule} plotly @param {Row[]} rows all so far, drawn in one go */
  async open(plotly, rows) {
    this.lines = lines(rows).map((line) => thinned(line));
    await plotly.newPlot(this.box, this.#traces(), this.#layout(), CONFIG);
    if (this.isDestroyed) return plotly.purge(this.box);
    this.plotly = plotly;
    this.resizing.observe(this.box);
  }

  /** @param {Row[]} rows new ones */
  async extend(rows) {
    if (!rows.length || !this.plotly) return;
    const added = lines(rows);
    added.forEach(({ x, y }, at) => (this.lines[at].x.push(...x), this.lines[at].y.push(...y)));
    if (this.lines.some(({ x }) => x.length > MOST_POINTS)) return this.#thin();
    AXES.forEach((axis, at) => Object.assign(this.box.layout[axis], this.#shown(at))); // drawn by the call that follows
    const change = { x: added.map(({ x }) => x), y: added.map(({ y }) => y) };
    await this.plotly.extendTraces(this.box, change, added.map((_, at) => at));
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
    return this.lines.map((line, at) => this.#trace(line, Math.floor(at / 2), at % 2));
  }

  /**
   * plotly adds to the arrays it is given: it gets its own.
   * @param {Line} line @param {number} quantity @param {number} split
   */
  #trace({ x, y }, quantity, split) {
    const name = QUANTITIES[quantity];
    const color = shadeFor(this.look[name], this.theme);
    const isHeldOut = SPLITS[split] === "held-out";
    return {
      type: "scatter",
      mode: isHeldOut ? "lines+markers" : "lines",
      name: `${TITLES[name]}, ${isHeldOut ? "held-out" : "training"}`,
      x: [...x],
      y: [...y],
      yaxis: quantity ? `y${quantity + 1}` : "y",
      line: { color, width: isHeldOut ? 1.5 : 2, dash: isHeldOut ? "dot" : "solid" },
      marker: { color, size: 5, symbol: "circle-open" },
      hovertemplate: `%{y:.1f}<extra>${TITLES[name]}, ${isHeldOut ? "held-out" : "training"}</extra>`,
    };
  }

  #layout() {
    const { theme, box } = this;
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
      annotations: QUANTITIES.map((name, at) => this.#heading(TITLES[name], name, at)),
      xaxis: { ...this.#axis(), ...this.#steps() },
      ...Object.fromEntries(AXES.map((axis, at) => [axis, this.#yaxis(at)])),
    };
  }

  /** @param {string} text @param {typeof QUANTITIES[number]} name @param {number} at */
  #heading(text, name, at) {
    const font = { size: 14, color: shadeFor(this.look[name], this.theme), family: this.theme.font };
    const note = at ? "" : `<span style="color:${this.theme.muted}">  nats per image; dotted: held-out</span>`;
    const place = { xref: "paper", x: 0, xanchor: "left", yref: "paper", y: domain(at)[1], yanchor: "bottom" };
    return { text: `<b>${text}</b>${note}`, font, showarrow: false, ...place };
  }

  /** @param {number} at */
  #yaxis(at) {
    return { ...this.#axis(), domain: domain(at), ...this.#shown(at), anchor: "x", nticks: 4 };
  }

  /** The axis below all three. */
  #steps() {
    return {
      anchor: "y3",
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

/** Where the plot of a quantity stands, first at the top. @param {number} at @returns {[number, number]} */
function domain(at) {
  const height = (1 - 2 * GAP) / 3;
  const bottom = (2 - at) * (height + GAP);
  return [bottom, bottom + height];
}
