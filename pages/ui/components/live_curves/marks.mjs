import { SETTING_NAMES } from "../../browser/lib/contract.mjs";
import { withAlpha } from "../../browser/lib/theme.mjs";

/** @import { Theme } from "../../browser/lib/theme.mjs" */
/** @import { Row } from "./series.mjs" */

/** A change made while the run was training. @typedef {{step: number, text: string}} Mark */
/** @typedef {{beta: number | null, learning_rate: number}} Settings */

/** Labels that might meet go one below the other, then begin at the top again. */
const ROWS = 4;

/**
 * What each edit changed, in words; one that changed nothing leaves no mark.
 * @param {Row[]} rows all so far @param {Settings} settings in force at the first step
 * @returns {Mark[]}
 */
export function marksOf(rows, settings) {
  /** @type {Record<string, number | null>} */
  const known = { ...settings };
  /** @type {Mark[]} */
  const marks = [];
  for (const row of rows.filter(({ split }) => split === "edit")) {
    const changed = /** @type {(keyof typeof SETTING_NAMES)[]} */ (Object.keys(SETTING_NAMES)).filter((name) => {
      const value = row[name];
      return typeof value === "number" && value !== known[name];
    });
    for (const name of changed) known[name] = row[name] ?? null;
    const text = changed.map((name) => `${SETTING_NAMES[name]} ${short(row[name] ?? 0)}`).join(", ");
    if (text) marks.push({ step: row.step, text });
  }
  return marks;
}

/** Four figures and no zeros behind them: 0.001, 0.0025, 4. @param {number} value */
const short = (value) => String(Number(value.toPrecision(4)));

/** A thin line through all plots for each mark. @param {Mark[]} marks @param {Theme} theme */
export function markLines(marks, theme) {
  const line = { color: withAlpha(theme.ink, 0.5), width: 1, dash: "dot" };
  return marks.map(({ step }) => (
    { type: "line", xref: "x", x0: step, x1: step, yref: "paper", y0: 0, y1: 1, line, layer: "below" }
  ));
}

/** The words on the lines, just below the first plot's upper edge. @param {Mark[]} marks @param {Theme} theme */
export function markLabels(marks, theme) {
  const font = { size: 14, color: theme.ink, family: theme.font };
  return marks.map(({ step, text }, at) => ({
    text,
    font,
    xref: "x",
    x: step,
    xanchor: "auto",
    yref: "paper",
    y: 1,
    yshift: -20 * (at % ROWS),
    yanchor: "top",
    showarrow: false,
    bgcolor: withAlpha(theme.ground, 0.8),
    borderpad: 2,
  }));
}
