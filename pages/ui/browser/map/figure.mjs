import { withAlpha } from "../lib/theme.mjs";
import { MARGIN } from "../maths/coordinates.mjs";
import { heightTicks } from "../model/heights.mjs";

/** @import { Theme } from "../lib/theme.mjs" */
/** @import { Point } from "../lib/types.mjs" */
/** @import { View } from "../maths/coordinates.mjs" */

/** What plotly is given, and nothing of the page: view and theme in, layout out. It draws the axes; the points are ours. */

export const CONFIG = {
  displayModeBar: false,
  doubleClick: false,
  scrollZoom: true,
  responsive: false,
  showTips: false,
  showAxisDragHandles: false,
  showSendToCloud: false,
};

/** @param {string} text */
const escaped = (text) => text.replace(/[&<>]/g, (sign) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;" })[sign] ?? sign);

/**
 * @param {{x: Point, y: Point}} ranges @param {number} width @param {number} height
 * @param {Pick<import("./map.mjs").MapStyle, "names" | "theme" | "heights">} style @param {number} scale of type, 1 for the usual size
 */
export function layout({ x, y }, width, height, { names, theme, heights }, scale) {
  const type = { family: theme.font, size: 14 * scale };
  const title = { ...type, size: 18 * scale, color: theme.ink };
  return {
    width,
    height,
    margin: { l: MARGIN.left, r: MARGIN.right, t: MARGIN.top, b: MARGIN.bottom, pad: 0 },
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    showlegend: false,
    hovermode: false,
    dragmode: "pan",
    font: { ...type, color: theme.muted },
    annotations: [
      axisName(names[0], title, { x: 0.5, y: 0, yshift: -31 }),
      axisName(names[1], title, { x: 0, y: 0.5, xshift: -34, textangle: names[1].length > 4 ? -90 : 0 }),
    ],
    xaxis: { ...axis(theme, scale), range: [...x] },
    yaxis: { ...axis(theme, scale), ...heightAxis(heights, y), range: [...y], scaleanchor: "x", scaleratio: 1 },
  };
}

/**
 * Upright for both axes, which plotly's own titles are not; a long name has to lie along its axis.
 * @param {string} text @param {object} font @param {object} anchor
 */
function axisName(text, font, anchor) {
  return { text, font, xref: "paper", yref: "paper", showarrow: false, xanchor: "center", yanchor: "middle", ...anchor };
}

/** @param {Theme} theme @param {number} scale */
function axis(theme, scale) {
  return {
    gridcolor: theme.grid,
    zerolinecolor: withAlpha(theme.ink, 0.2),
    zerolinewidth: 1,
    showline: false,
    ticks: "",
    ticklabeloverflow: "allow",
    tickfont: { size: 14 * scale, color: theme.muted },
    nticks: 9,
    automargin: false,
  };
}

/**
 * The second axis of a line: what it says is no coordinate, so its ticks are ours. Names of classes need more room than
 * there is beside the plot, and stand in it.
 * @param {import("../model/heights.mjs").Heights | undefined} heights @param {Point} range
 */
export function heightAxis(heights, range) {
  if (!heights) return {};
  const { values, texts } = heightTicks(heights, range);
  const ticklabelposition = heights.kind === "class" ? "inside" : "outside";
  return { tickmode: "array", tickvals: values, ticktext: texts.map(escaped), ticklabelposition };
}

/** @param {{tickvals?: number[], ticktext?: string[]}} axis */
export const tickChange = ({ tickvals, ticktext }) => ({ "yaxis.tickvals": tickvals, "yaxis.ticktext": ticktext });

/** @param {View} view */
export const rangeChange = ({ x, y }) => ({ "xaxis.range": [...x], "yaxis.range": [...y] });
